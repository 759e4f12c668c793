package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.Logs.Log;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.Fact;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.HistoryPage;
import dev.daybook.domain.history.HistoryQuery;
import dev.daybook.domain.history.Presence;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.RowDiff;
import dev.daybook.domain.history.RowRef;
import dev.daybook.domain.history.RowState;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Asks for one row: its history, its state at an instant, differences between two. */
@Component
public class RowQueries {

    /** After everything: the last moment that an answer can name. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private final Logs logs;
    private final ReadLog reads;
    private final Admission admission;

    RowQueries(Logs logs, ReadLog reads, Admission admission) {
        this.logs = logs;
        this.reads = reads;
        this.admission = admission;
    }

    /**
     * A row as it is asked for.
     *
     * @param source the source, or null for the one that has such a row
     */
    public record Row(@Nullable String source, TableName table, EntityKey key) {

        private Question question(String kind) {
            return new Question(kind)
                    .with("source", source)
                    .with("table", table.toString())
                    .with("key", key.text());
        }
    }

    /**
     * A row at an instant.
     *
     * @param source the source, or null if none has such a row
     * @param at the instant that was asked for, or null for the latest
     * @param presence whether the row was there
     * @param movedTo the key that the row went on under, or null
     * @param movedToTable the table that the row went on in, where its table was renamed, or null
     * @param facts the known columns; empty unless the row exists
     * @param unknownColumns columns that the row has and whose values nothing says
     * @param last the row's latest entry, or null
     * @param completeUntil see {@link Page#completeUntil}
     * @param gaps the gaps of its table that are open, see {@link Page#gaps}
     */
    public record RowAt(
            @Nullable String source,
            TableName table,
            EntityKey key,
            @Nullable Instant at,
            Presence presence,
            @Nullable EntityKey movedTo,
            @Nullable TableName movedToTable,
            Map<String, Fact> facts,
            Set<String> unknownColumns,
            @Nullable AuditEntry last,
            @Nullable Instant completeUntil,
            List<Gap> gaps) {

        /** The same with other facts. */
        public RowAt withFacts(Map<String, Fact> others) {
            return new RowAt(
                    source,
                    table,
                    key,
                    at,
                    presence,
                    movedTo,
                    movedToTable,
                    others,
                    unknownColumns,
                    last,
                    completeUntil,
                    gaps);
        }
    }

    /**
     * What is different between two instants.
     *
     * @param source the source, or null if none has such a row
     * @param from the earlier instant
     * @param to the later instant, or null for the latest
     * @param completeUntil see {@link Page#completeUntil}
     * @param gaps the gaps of its table that are open, see {@link Page#gaps}
     */
    public record RowBetween(
            @Nullable String source,
            TableName table,
            EntityKey key,
            Instant from,
            @Nullable Instant to,
            RowDiff diff,
            Presence fromPresence,
            Presence toPresence,
            @Nullable Instant completeUntil,
            List<Gap> gaps) {

        /** The same with another difference. */
        public RowBetween withDiff(RowDiff other) {
            return new RowBetween(
                    source,
                    table,
                    key,
                    from,
                    to,
                    other,
                    fromPresence,
                    toPresence,
                    completeUntil,
                    gaps);
        }
    }

    /** How many tables a key is looked for in. */
    private static final int MOST_TABLES = 200;

    /** Returns the rows of a key in some tables, each with its source. */
    public List<Row> named(Caller caller, List<TableName> tables, EntityKey key) {
        Log log = logs.of(caller);
        List<Row> found =
                admission.admit(
                        Kind.ROW,
                        () ->
                                tables.stream()
                                        .limit(MOST_TABLES)
                                        .flatMap(
                                                table ->
                                                        log.trail().sourcesOf(table, key).stream()
                                                                .map(s -> new Row(s, table, key)))
                                        .toList());
        reads.read(caller, new Question("rows").with("key", key.text()), found.size());
        return found;
    }

    /** Returns a page of a row's history, newest first. */
    public Page<RecordedView> history(
            Caller caller, Row asked, HistoryQuery query, @Nullable String cursor, int limit) {
        Question question =
                asked.question("history")
                        .with("actor", query.actor())
                        .with("login_role", query.loginRole())
                        .with("unattributed", query.unattributed())
                        .with("field", query.field())
                        .with("operation", Words.of(query.operation()))
                        .with("from", query.from())
                        .with("to", query.to());
        Cursor place = Cursor.read(cursor, question);
        Log log = logs.of(caller);
        Page<RecordedView> page =
                admission.admit(Kind.ROW, () -> history(log, asked, query, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private static Page<RecordedView> history(
            Log log,
            Row asked,
            HistoryQuery query,
            Question question,
            @Nullable Cursor place,
            int limit) {
        Instant completeUntil = log.trail().completeUntil(asked.source());
        RowRef row = row(log, asked);
        List<Gap> gaps =
                log.gaps(
                        Choice.of(row == null ? asked.source() : row.source()),
                        Choice.of(asked.table()),
                        query.from(),
                        query.to());
        HistoryPage page =
                row == null
                        ? new HistoryPage(List.of(), null)
                        : log.timeline()
                                .history(
                                        row, query, place == null ? null : place.position(), limit);
        if (page.entries().isEmpty() && place == null) {
            log.names().check(asked.source(), asked.table(), query.field());
        }
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil,
                gaps);
    }

    /**
     * Returns a row after everything that committed at an instant or earlier.
     *
     * @param at the instant, or null for the latest
     */
    public RowAt state(Caller caller, Row asked, @Nullable Instant at) {
        Log log = logs.of(caller);
        RowAt found = admission.admit(Kind.ROW, () -> state(log, asked, at));
        reads.read(caller, asked.question("state").with("at", at), found.last() == null ? 0 : 1);
        return found;
    }

    private static RowAt state(Log log, Row asked, @Nullable Instant at) {
        Instant completeUntil = log.trail().completeUntil(asked.source());
        // Before anything of the row is read: a gap that ends meanwhile is in the one or the other.
        List<Gap> open = log.openGaps(asked.source(), asked.table(), at);
        RowRef row = row(log, asked);
        RowState state = state(log, row, at);
        if (state.presence() == Presence.NEVER_SEEN) {
            log.names().check(asked.source(), asked.table(), null);
        }
        boolean sure = state.presence() != Presence.UNKNOWN;
        return new RowAt(
                row == null ? null : row.source(),
                asked.table(),
                asked.key(),
                at,
                state.presence(),
                state.movedTo(),
                state.movedToTable(),
                sure ? state.facts() : Map.of(),
                sure ? state.unknownColumns() : columns(state),
                state.last(),
                completeUntil,
                ofSource(row, open));
    }

    /** Returns those of gaps that concern a row's source, which was not known before. */
    private static List<Gap> ofSource(@Nullable RowRef row, List<Gap> gaps) {
        return gaps.stream()
                .filter(
                        gap ->
                                row == null
                                        || gap.source() == null
                                        || gap.source().equals(row.source()))
                .limit(Page.MOST_GAPS)
                .toList();
    }

    private static Set<String> columns(RowState state) {
        Set<String> columns = new LinkedHashSet<>(state.facts().keySet());
        columns.addAll(state.unknownColumns());
        return columns;
    }

    /**
     * Returns what is different between two instants, each after everything that committed then.
     *
     * @param from the earlier instant; one before the log began is its beginning
     * @param to the later instant, or null for the latest
     */
    public RowBetween diff(Caller caller, Row asked, Instant from, @Nullable Instant to) {
        Log log = logs.of(caller);
        RowBetween found = admission.admit(Kind.ROW, () -> diff(log, asked, from, to));
        reads.read(
                caller,
                asked.question("diff").with("from", from).with("to", to),
                found.diff().differences().size());
        return found;
    }

    private static RowBetween diff(Log log, Row asked, Instant from, @Nullable Instant to) {
        Instant completeUntil = log.trail().completeUntil(asked.source());
        List<Gap> open = log.openGaps(asked.source(), asked.table(), to);
        RowRef row = row(log, asked);
        RowDiff diff = RowDiff.between(state(log, row, from), state(log, row, to));
        if (diff.to().presence() == Presence.NEVER_SEEN) {
            log.names().check(asked.source(), asked.table(), null);
        }
        return new RowBetween(
                row == null ? null : row.source(),
                asked.table(),
                asked.key(),
                from,
                to,
                diff,
                diff.from().presence(),
                diff.to().presence(),
                completeUntil,
                ofSource(row, open));
    }

    private static RowState state(Log log, @Nullable RowRef row, @Nullable Instant at) {
        return row == null
                ? RowState.NEVER_SEEN
                : log.timeline().stateAt(row, at == null ? LATEST : at);
    }

    /**
     * Finds the row's source and the log's spelling of its key; null if no source has such a row.
     */
    private static @Nullable RowRef row(Log log, Row asked) {
        EntityKey respelled = EntityKey.respelled(asked.key().text());
        if (respelled == null && asked.source() != null) {
            return new RowRef(asked.source(), asked.table(), asked.key());
        }
        RowRef row = row(log, asked, asked.key());
        return row != null || respelled == null ? row : row(log, asked, respelled);
    }

    private static @Nullable RowRef row(Log log, Row asked, EntityKey key) {
        List<String> sources = log.trail().sourcesOf(asked.table(), key);
        if (sources.isEmpty()) {
            // The row may have come with its table from another name, and be as it was there.
            sources =
                    log.trail().sourcesOf(asked.table()).stream()
                            .filter(source -> hasCome(log, new RowRef(source, asked.table(), key)))
                            .toList();
        }
        if (asked.source() != null) {
            return sources.contains(asked.source())
                    ? new RowRef(asked.source(), asked.table(), key)
                    : null;
        }
        if (sources.size() > 1) {
            throw new ProblemException(
                    Problem.AMBIGUOUS_SOURCE,
                    "%s with key \"%s\" is in the log for the sources %s: name one with the parameter \"source\"."
                            .formatted(asked.table(), key.text(), String.join(", ", sources)));
        }
        return sources.isEmpty() ? null : new RowRef(sources.getFirst(), asked.table(), key);
    }

    private static boolean hasCome(Log log, RowRef row) {
        return log.timeline().stateAt(row, LATEST).presence() != Presence.NEVER_SEEN;
    }
}
