/** Runs a Kafka broker and a Connect worker in this process. */
@NullMarked
package dev.daybook.local.kafka;

import org.jspecify.annotations.NullMarked;
