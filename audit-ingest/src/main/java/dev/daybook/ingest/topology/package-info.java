/** The Kafka Streams application: change records in; entries, transactions, definitions out. */
@NullMarked
package dev.daybook.ingest.topology;

import org.jspecify.annotations.NullMarked;
