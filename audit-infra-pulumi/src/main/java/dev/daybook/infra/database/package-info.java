/**
 * Creates Aurora PostgreSQL clusters: the audit database and, where the stack makes it, the source.
 */
@NullMarked
package dev.daybook.infra.database;

import org.jspecify.annotations.NullMarked;
