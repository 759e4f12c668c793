package dev.daybook.local.doctor;

import dev.daybook.source.TablePatterns;

import org.jspecify.annotations.Nullable;

/**
 * What is asked about a source database.
 *
 * @param tables which tables are meant, as for {@code ./daybook up}; null for those that the
 *     database is prepared for
 * @param dms whether AWS DMS captures it, rather than the WAL source connector
 * @param running whether it is being captured, so that a replication slot must be there
 * @param task DMS's task, as far as it was shown; null if it was not
 */
public record SourceQuestion(
        @Nullable String tables, boolean dms, boolean running, @Nullable DmsTask task) {

    /** Returns the database of a pipeline that runs. */
    public static SourceQuestion ofRunning() {
        return new SourceQuestion(null, false, true, null);
    }

    /** Which tables are meant, given what the database is prepared for. */
    TablePatterns patterns(@Nullable String prepared) {
        String list = tables != null ? tables : prepared != null && !dms ? prepared : "*.*";
        return TablePatterns.parse(list);
    }
}
