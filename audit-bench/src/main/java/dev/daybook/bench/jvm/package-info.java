/** The JVM that is measured. */
@NullMarked
package dev.daybook.bench.jvm;

import org.jspecify.annotations.NullMarked;
