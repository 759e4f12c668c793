/** The Kafka Streams application. */
@NullMarked
package dev.daybook.ingest;

import org.jspecify.annotations.NullMarked;
