package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.HistoryPage;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.RejectedPage;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.domain.history.Timeline;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.List;

/** Asks for the log itself: how complete it is, and what could not be recorded. */
@Component
public class LogQueries {

    private static final int MOST_TABLES = 1_000;

    private final AuditTrail trail;
    private final Timeline timeline;
    private final ReadLog reads;
    private final KnownNames known;
    private final NameCheck names;
    private final Admission admission;
    private final TableColumns columns;

    LogQueries(
            AuditTrail trail,
            Timeline timeline,
            ReadLog reads,
            KnownNames known,
            NameCheck names,
            Admission admission,
            TableColumns columns) {
        this.trail = trail;
        this.timeline = timeline;
        this.reads = reads;
        this.known = known;
        this.names = names;
        this.admission = admission;
        this.columns = columns;
    }

    /**
     * Returns until when the log is complete, for one source, or, for null, for each; null where
     * that is not known. What it tells is no part of the log, and the question is not recorded.
     */
    public @Nullable Instant completeUntil(@Nullable String source) {
        return admission.admit(Kind.ROW, () -> trail.completeUntil(source));
    }

    /** Returns how complete the log is. */
    public Coverage coverage(Caller caller) {
        Coverage coverage = admission.admit(Kind.SEARCH, trail::coverage);
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
        Page<RecordedView> page =
                admission.admit(Kind.ROW, () -> history(source, table, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private Page<RecordedView> history(
            @Nullable String source,
            TableName table,
            Question question,
            @Nullable Cursor place,
            int limit) {
        Instant completeUntil = trail.completeUntil(source);
        String found = source == null ? sourceOf(table) : source;
        HistoryPage page =
                found == null
                        ? new HistoryPage(List.of(), null)
                        : timeline.ofTable(
                                found, table, place == null ? null : place.position(), limit);
        if (page.entries().isEmpty() && place == null) {
            names.check(source, table, null);
        }
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil);
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
        Columns found = columns(source, table, at);
        reads.read(
                caller,
                new Question("columns")
                        .with("source", source)
                        .with("table", table.toString())
                        .with("at", at),
                found.columns().size());
        return found;
    }

    private Columns columns(@Nullable String source, TableName table, @Nullable Instant at) {
        String found = source == null ? admission.admit(Kind.ROW, () -> sourceOf(table)) : source;
        TableColumns.Defined defined = found == null ? null : columns.at(found, table, at, null);
        if (defined == null) {
            return admission.admit(Kind.ROW, () -> columnsOfEntries(found, table));
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

    private Columns columnsOfEntries(@Nullable String source, TableName table) {
        names.check(source, table, null);
        return new Columns(
                source,
                table,
                null,
                null,
                known.columns(table).stream().map(name -> new Column(name, null)).toList());
    }

    private @Nullable String sourceOf(TableName table) {
        List<String> sources = trail.sourcesOf(table);
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
                admission.admit(Kind.SEARCH, () -> rejected(query, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private Page<RejectedRecord> rejected(
            RejectedQuery query, Question question, @Nullable Cursor place, int limit) {
        Instant completeUntil = trail.completeUntil(query.source());
        RejectedPage page = timeline.rejected(query, place == null ? null : place.keyset(), limit);
        if (page.records().isEmpty() && place == null) {
            names.check(query);
        }
        return new Page<>(
                page.records(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil);
    }
}
