package dev.daybook.domain;

import java.time.Instant;

/**
 * A transaction of a source database.
 *
 * <p>PostgreSQL's transaction ids wrap and are not in commit order, so an id alone names nothing:
 * the commit time belongs to the identity.
 *
 * @param source the source's name
 * @param id the source's own number; 64 bits because DMS's numbers for other engines are wider than
 *     PostgreSQL's 32
 * @param committedAt the commit time, to the microsecond
 */
public record TransactionRef(String source, long id, Instant committedAt) {}
