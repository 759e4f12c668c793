package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What the capture itself reports to be missing of a table, among the latest rejected records.
 *
 * @param source the source, or null if it is not known
 * @param table the table's text form, or null if the report names none
 * @param code the code under which the reports are rejected
 * @param reports how many there are
 * @param firstAt when the first came
 * @param lastAt when the last came
 * @param reason what the last one says
 * @param reloadedAt when the table was first read again behind the last one; null if it was not
 */
public record Incident(
        @Nullable String source,
        @Nullable String table,
        String code,
        long reports,
        Instant firstAt,
        Instant lastAt,
        String reason,
        @Nullable Instant reloadedAt) {}
