package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.Logs.Log;
import dev.daybook.contract.Scope;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.HistoryPage;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.RejectedPage;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.SealedReach;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** Asks for the log itself: how complete it is, and what could not be recorded. */
@Component
public class LogQueries {

    private static final Logger LOG = LoggerFactory.getLogger(LogQueries.class);
    private static final int MOST_TABLES = 1_000;

    private final Logs logs;
    private final ReadLog reads;
    private final Reads kept;
    private final Admission admission;
    private final TableColumns columns;
    private final Packs packs;

    LogQueries(
            Logs logs,
            ReadLog reads,
            Reads kept,
            Admission admission,
            TableColumns columns,
            Packs packs) {
        this.logs = logs;
        this.reads = reads;
        this.kept = kept;
        this.admission = admission;
        this.columns = columns;
        this.packs = packs;
    }

    /**
     * Returns how far the log is sealed; null if it is not, or if that cannot be read: coverage is
     * told all the same, and {@code ./daybook verify} says what is wrong.
     */
    public @Nullable SealedReach sealed() {
        try {
            return packs.reach();
        } catch (IOException | PackProblem e) {
            LOG.warn("How far the log is sealed cannot be read: {}", e.getMessage());
            return null;
        }
    }

    /**
     * Returns until when the log is complete for what a caller sees; null where that is not known.
     * What it tells is no part of the log, and the question is not recorded.
     */
    public @Nullable Instant completeUntil(Caller caller) {
        return caller.may(Scope.READ)
                ? admission.admit(Kind.ROW, () -> logs.of(caller).trail().completeUntil(null))
                : null;
    }

    /**
     * Returns the gaps in which changes of tables may be missing, the latest first. They are part
     * of how complete an answer is, and the question is not recorded.
     */
    public List<Gap> gaps(Caller caller, EntryQuery query) {
        return admission.admit(Kind.ROW, logs.of(caller).trail()::gaps).stream()
                .filter(gap -> gap.source() == null || query.sources().matches(gap.source()))
                .filter(gap -> gap.table() == null || ofTables(gap.table(), query))
                .filter(
                        gap ->
                                gap.until() == null
                                        || query.from() == null
                                        || gap.until().isAfter(query.from()))
                .filter(
                        gap ->
                                gap.from() == null
                                        || query.to() == null
                                        || gap.from().isBefore(query.to()))
                .toList();
    }

    private static boolean ofTables(String table, EntryQuery query) {
        try {
            return query.tables().matches(TableName.parse(table));
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** Returns how complete the log is. */
    public Coverage coverage(Caller caller) {
        Log log = logs.of(caller);
        Coverage coverage = admission.admit(Kind.SEARCH, log.trail()::coverage);
        reads.read(caller, new Question("coverage"), coverage.sources().size());
        return coverage;
    }

    /**
     * A table of which there are entries.
     *
     * @param columns those of its newest and oldest entries
     */
    public record Table(TableName table, List<String> columns) {}

    /** Returns the tables of which there are entries. */
    public List<Table> tables(Caller caller) {
        KnownNames known = logs.of(caller).known();
        List<Table> tables =
                admission.admit(
                        Kind.SEARCH,
                        () ->
                                known.tables(MOST_TABLES).stream()
                                        .map(table -> new Table(table, known.columns(table)))
                                        .toList());
        reads.read(caller, new Question("tables"), tables.size());
        return tables;
    }

    /**
     * Returns a page of what happened to a table as a whole, newest first.
     *
     * @param source the source, or null for the one that has such a table
     */
    public Page<RecordedView> history(
            Caller caller,
            @Nullable String source,
            TableName table,
            @Nullable String cursor,
            int limit) {
        Question question =
                new Question("table-history")
                        .with("source", source)
                        .with("table", table.toString());
        Cursor place = Cursor.read(cursor, question);
        Log log = logs.of(caller);
        Page<RecordedView> page =
                admission.admit(
                        Kind.ROW, () -> history(log, source, table, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private static Page<RecordedView> history(
            Log log,
            @Nullable String source,
            TableName table,
            Question question,
            @Nullable Cursor place,
            int limit) {
        Instant completeUntil = log.trail().completeUntil(source);
        String found = source == null ? sourceOf(log, table) : source;
        List<Gap> gaps = log.gaps(Choice.of(found), Choice.of(table), null, null);
        HistoryPage page =
                found == null
                        ? new HistoryPage(List.of(), null)
                        : log.timeline()
                                .ofTable(
                                        found,
                                        table,
                                        place == null ? null : place.position(),
                                        limit);
        if (page.entries().isEmpty() && place == null) {
            log.names().check(source, table, null);
        }
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil,
                gaps);
    }

    /**
     * The columns of a table.
     *
     * @param source the table's source; null where nothing defines the table and none was asked for
     * @param since from when on they are so; null where nothing defines the table
     * @param key the key's columns; null where nothing defines the table
     */
    public record Columns(
            @Nullable String source,
            TableName table,
            @Nullable Instant since,
            @Nullable List<String> key,
            List<Column> columns) {}

    /**
     * A column.
     *
     * @param type the type's name; null where nothing says it
     */
    public record Column(String name, @Nullable String type) {}

    /**
     * Returns the columns of a table at an instant; those of its entries, without types, where
     * nothing defines the table.
     *
     * @param at the instant, or null for now
     */
    public Columns columns(
            Caller caller, @Nullable String source, TableName table, @Nullable Instant at) {
        Log log = logs.of(caller);
        Columns found = columns(log, caller.tables().covers(table), source, table, at);
        reads.read(
                caller,
                new Question("columns")
                        .with("source", source)
                        .with("table", table.toString())
                        .with("at", at),
                found.columns().size());
        return found;
    }

    private Columns columns(
            Log log, boolean seen, @Nullable String source, TableName table, @Nullable Instant at) {
        String found =
                source == null ? admission.admit(Kind.ROW, () -> sourceOf(log, table)) : source;
        TableColumns.Defined defined =
                found == null || !seen ? null : columns.at(found, table, at, null);
        if (defined == null) {
            return admission.admit(Kind.ROW, () -> columnsOfEntries(log, found, table));
        }
        return new Columns(
                found,
                table,
                defined.since(),
                defined.definition().key(),
                defined.definition().columns().stream()
                        .map(column -> new Column(column.name(), column.type()))
                        .toList());
    }

    private static Columns columnsOfEntries(Log log, @Nullable String source, TableName table) {
        log.names().check(source, table, null);
        return new Columns(
                source,
                table,
                null,
                null,
                log.known().columns(table).stream().map(name -> new Column(name, null)).toList());
    }

    private static @Nullable String sourceOf(Log log, TableName table) {
        List<String> sources = log.trail().sourcesOf(table);
        if (sources.size() > 1) {
            throw new ProblemException(
                    Problem.AMBIGUOUS_SOURCE,
                    "%s is in the log for the sources %s: name one with the parameter \"source\"."
                            .formatted(table, String.join(", ", sources)));
        }
        return sources.isEmpty() ? null : sources.getFirst();
    }

    /** Returns a page of the rejected records, newest first. */
    public Page<RejectedRecord> rejected(
            Caller caller, RejectedQuery query, @Nullable String cursor, int limit) {
        caller.require(Scope.REJECTED);
        Log log = logs.of(caller);
        Question question =
                new Question("rejected")
                        .with("source", query.source())
                        .with("stage", Words.of(query.stage()))
                        .with("code", query.code())
                        .with("table", query.table())
                        .with("from", query.from())
                        .with("to", query.to());
        Cursor place = Cursor.read(cursor, question);
        Page<RejectedRecord> page =
                admission.admit(Kind.SEARCH, () -> rejected(log, query, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private static Page<RejectedRecord> rejected(
            Log log, RejectedQuery query, Question question, @Nullable Cursor place, int limit) {
        Instant completeUntil = log.trail().completeUntil(query.source());
        RejectedPage page =
                log.timeline().rejected(query, place == null ? null : place.keyset(), limit);
        if (page.records().isEmpty() && place == null) {
            log.names().check(query);
        }
        return new Page<>(
                page.records(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil,
                List.of());
    }

    /** Returns a page of who has read what, newest first. */
    public Page<Reads.Read> reads(
            Caller caller, @Nullable String of, @Nullable String cursor, int limit) {
        caller.require(Scope.ADMINISTER);
        Question question = new Question("reads").with("caller", of);
        Cursor place = Cursor.read(cursor, question);
        List<Reads.Read> found =
                admission.admit(
                        Kind.SEARCH,
                        () -> kept.list(of, place == null ? null : place.keyset(), limit + 1));
        boolean more = found.size() > limit;
        List<Reads.Read> page = more ? found.subList(0, limit) : found;
        reads.read(caller, question, page.size());
        return new Page<>(
                page,
                more
                        ? Cursor.of(new Keyset(page.getLast().at(), page.getLast().id()))
                                .text(question)
                        : null,
                null,
                List.of());
    }
}
