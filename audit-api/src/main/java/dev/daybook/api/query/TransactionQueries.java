package dev.daybook.api.query;

import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.Logs.Log;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.Neighbours;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.SourceTransaction;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.List;

/** Asks for everything that one transaction did. */
@Component
public class TransactionQueries {

    /** How many transactions of one number are looked at; numbers come again very rarely. */
    private static final int LARGEST_REUSE = 20;

    private final Logs logs;
    private final ReadLog reads;
    private final Admission admission;

    TransactionQueries(Logs logs, ReadLog reads, Admission admission) {
        this.logs = logs;
        this.reads = reads;
        this.admission = admission;
    }

    /**
     * What a transaction did.
     *
     * @param context who and why, as the application set it, or null if it set nothing
     * @param otherCommits the commit times of other transactions that had the same number
     */
    public record Found(
            TransactionRef transaction,
            @Nullable Attribution context,
            List<Instant> otherCommits,
            Page<RecordedView> page) {}

    /**
     * Returns what a transaction did, in its order; null if the log has no such transaction.
     *
     * @param committedAt its commit time, or null for the latest of that number
     */
    public @Nullable Found transaction(
            Caller caller,
            String source,
            long id,
            @Nullable Instant committedAt,
            @Nullable String cursor,
            int limit) {
        Log log = logs.of(caller);
        Found found =
                admission.admit(
                        Kind.ROW, () -> transaction(log, source, id, committedAt, cursor, limit));
        reads.read(
                caller,
                question(
                        source,
                        id,
                        found == null ? committedAt : found.transaction().committedAt()),
                found == null ? 0 : found.page().items().size());
        return found;
    }

    /** Returns the transactions of its source that committed next to one. */
    public Neighbours neighbours(Caller caller, TransactionRef transaction) {
        Log log = logs.of(caller);
        Neighbours found = admission.admit(Kind.ROW, () -> log.trail().neighbours(transaction));
        reads.read(
                caller,
                question(transaction.source(), transaction.id(), transaction.committedAt())
                        .with("next", true),
                2);
        return found;
    }

    private static Question question(String source, long id, @Nullable Instant committedAt) {
        return new Question("transaction")
                .with("source", source)
                .with("id", Long.toString(id))
                .with("committed_at", committedAt);
    }

    private static @Nullable Found transaction(
            Log log,
            String source,
            long id,
            @Nullable Instant committedAt,
            @Nullable String cursor,
            int limit) {
        List<SourceTransaction> all = log.trail().transactions(source, id, LARGEST_REUSE);
        SourceTransaction found =
                all.stream()
                        .filter(
                                one ->
                                        committedAt == null
                                                || one.transaction()
                                                        .committedAt()
                                                        .equals(committedAt))
                        .findFirst()
                        .orElse(null);
        if (found == null) {
            log.names().check(source, null, null);
            return null;
        }
        TransactionRef ref = found.transaction();
        Question question = question(source, id, ref.committedAt());
        Cursor place = Cursor.read(cursor, question);
        Instant completeUntil = log.trail().completeUntil(source);
        List<Gap> gaps =
                log.gaps(
                        Choice.of(source),
                        Choice.any(),
                        ref.committedAt().minusNanos(1_000),
                        ref.committedAt());
        List<RecordedEntry> entries =
                log.trail().ofTransaction(ref, place == null ? null : place.position(), limit + 1);
        boolean more = entries.size() > limit;
        List<RecordedEntry> page = more ? entries.subList(0, limit) : entries;
        return new Found(
                ref,
                found.context(),
                all.stream()
                        .filter(one -> one != found)
                        .map(one -> one.transaction().committedAt())
                        .toList(),
                new Page<>(
                        log.timeline().complete(page),
                        more ? Cursor.of(page.getLast().position()).text(question) : null,
                        completeUntil,
                        gaps));
    }
}
