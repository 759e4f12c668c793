/**
 * Seals what sinks have stored: a log of segments, with checkpoints that are signed, in a place
 * that the audit database's owner cannot write; and the comparison of that log with the database.
 */
@NullMarked
package dev.daybook.seal;

import org.jspecify.annotations.NullMarked;
