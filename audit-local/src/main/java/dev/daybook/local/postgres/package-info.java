/** Runs PostgreSQL servers as child processes, and reaches databases by their URL. */
@NullMarked
package dev.daybook.local.postgres;

import org.jspecify.annotations.NullMarked;
