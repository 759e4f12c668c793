package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.RejectedQuery;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Tells a question that nothing answers from one with a name that the log has never seen: a typing
 * error must not look like a proof of absence.
 */
final class NameCheck {

    private static final int MOST_LISTED = 20;

    private final KnownNames names;

    NameCheck(KnownNames names) {
        this.names = names;
    }

    /**
     * Refuses names that the log has never seen, for a question that found nothing.
     *
     * @throws ProblemException if it has not seen the source, the table, or the table's column
     */
    void check(@Nullable String source, @Nullable TableName table, @Nullable String field) {
        if (table != null && !names.hasTable(table)) {
            throw unknown(
                    Problem.UNKNOWN_TABLE,
                    "no entry of a table \"%s\"".formatted(table),
                    "It has entries of",
                    names.tables(MOST_LISTED + 1).stream().map(TableName::toString).toList());
        }
        checkSource(source);
        if (table != null && field != null && !names.hasColumn(table, field)) {
            throw unknown(
                    Problem.UNKNOWN_COLUMN,
                    "no entry of %s with a column \"%s\"".formatted(table, field),
                    "Its columns are",
                    names.columns(table));
        }
    }

    /** Refuses names that the log has never seen, for a list of rejected records without any. */
    void check(RejectedQuery query) {
        checkSource(query.source());
        String code = query.code();
        if (code != null && !names.hasCode(code)) {
            throw new ProblemException(
                    Problem.UNKNOWN_CODE,
                    "No record was rejected with the code \"%s\": leave the parameter out to see which codes there are."
                            .formatted(code));
        }
        String table = query.table();
        if (table != null && !names.hasRejectedTable(table) && !hasEntries(table)) {
            throw unknown(
                    Problem.UNKNOWN_TABLE,
                    "neither an entry nor a rejected record of a table \"%s\"".formatted(table),
                    "It has entries of",
                    names.tables(MOST_LISTED + 1).stream().map(TableName::toString).toList());
        }
    }

    private boolean hasEntries(String table) {
        try {
            return names.hasTable(TableName.parse(table));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void checkSource(@Nullable String source) {
        if (source != null && !names.hasSource(source)) {
            throw unknown(
                    Problem.UNKNOWN_SOURCE,
                    "nothing of a source \"%s\"".formatted(source),
                    "Its sources are",
                    names.sources());
        }
    }

    private static ProblemException unknown(
            Problem problem, String what, String list, List<String> known) {
        String listed =
                known.isEmpty()
                        ? "The log has none yet."
                        : "%s %s%s."
                                .formatted(
                                        list,
                                        String.join(
                                                ", ",
                                                known.subList(
                                                        0, Math.min(known.size(), MOST_LISTED))),
                                        known.size() > MOST_LISTED ? " and others" : "");
        return new ProblemException(
                problem, "The log has %s: check the spelling. %s".formatted(what, listed));
    }
}
