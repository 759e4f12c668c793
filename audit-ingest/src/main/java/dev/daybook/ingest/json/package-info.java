/** JSON as bytes: a scanner that keeps values as they were written, and a writer. */
@NullMarked
package dev.daybook.ingest.json;

import org.jspecify.annotations.NullMarked;
