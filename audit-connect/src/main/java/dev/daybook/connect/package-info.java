/** Kafka Connect plugins. */
@NullMarked
package dev.daybook.connect;

import org.jspecify.annotations.NullMarked;
