/** Benchmarks. */
@NullMarked
package dev.daybook.bench;

import org.jspecify.annotations.NullMarked;
