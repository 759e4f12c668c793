/** Measures the REST interface beside pgbench, which runs the same SQL on the same data. */
@NullMarked
package dev.daybook.bench.api;

import org.jspecify.annotations.NullMarked;
