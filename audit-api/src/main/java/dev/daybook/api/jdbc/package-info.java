/** The audit log in PostgreSQL. */
@NullMarked
package dev.daybook.api.jdbc;

import org.jspecify.annotations.NullMarked;
