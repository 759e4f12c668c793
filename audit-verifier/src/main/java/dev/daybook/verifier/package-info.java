/**
 * Checks an evidence pack without asking whoever made it: reads the zip file by itself, recomputes
 * every hash up to a signed checkpoint, and writes down in plain words what follows. Depends on the
 * JDK and on {@code dev.daybook.evidence} alone.
 */
@NullMarked
package dev.daybook.verifier;

import org.jspecify.annotations.NullMarked;
