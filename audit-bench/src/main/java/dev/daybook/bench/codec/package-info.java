/** JMH benchmarks of what each change passes through. */
@NullMarked
package dev.daybook.bench.codec;

import org.jspecify.annotations.NullMarked;
