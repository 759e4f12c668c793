/** A source database's own catalog, asked over JDBC. */
@NullMarked
package dev.daybook.ingest.jdbc;

import org.jspecify.annotations.NullMarked;
