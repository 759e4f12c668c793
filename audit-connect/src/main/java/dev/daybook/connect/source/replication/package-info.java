/** Receives the stream of the WAL, without the values that are too large. */
@NullMarked
package dev.daybook.connect.source.replication;

import org.jspecify.annotations.NullMarked;
