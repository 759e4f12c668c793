/** The source connector: reads a PostgreSQL database's WAL and writes its changes as DMS would. */
@NullMarked
package dev.daybook.connect.source;

import org.jspecify.annotations.NullMarked;
