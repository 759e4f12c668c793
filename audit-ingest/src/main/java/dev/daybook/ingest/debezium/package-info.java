/**
 * Reads the records of Debezium's PostgreSQL connector. Knows Debezium, and neither Kafka nor
 * topics.
 */
@NullMarked
package dev.daybook.ingest.debezium;

import org.jspecify.annotations.NullMarked;
