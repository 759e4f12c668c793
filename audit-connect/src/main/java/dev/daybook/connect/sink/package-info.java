/**
 * The sink: entries, contexts and rejected records from Kafka into the audit database, once each.
 */
@NullMarked
package dev.daybook.connect.sink;

import org.jspecify.annotations.NullMarked;
