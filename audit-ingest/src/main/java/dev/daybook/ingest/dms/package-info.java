/** The format in which AWS DMS, and the WAL source connector, write changes to Kafka. */
@NullMarked
package dev.daybook.ingest.dms;

import org.jspecify.annotations.NullMarked;
