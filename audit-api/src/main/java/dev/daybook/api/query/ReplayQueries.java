package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.Replays.Replay;
import dev.daybook.contract.Scope;
import dev.daybook.contract.Stage;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;

import org.springframework.stereotype.Component;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Shows single rejected records, and asks for their replay. */
@Component
public class ReplayQueries {

    /** As many are asked for at once. */
    private static final int MOST_AT_ONCE = 10_000;

    private final Replays replays;
    private final ReadLog reads;
    private final Admission admission;

    ReplayQueries(Replays replays, ReadLog reads, Admission admission) {
        this.replays = replays;
        this.reads = reads;
        this.admission = admission;
    }

    /**
     * A rejected record and its replays.
     *
     * @param replays newest first
     */
    public record Found(RejectedRecord rejected, List<Replay> replays) {}

    /** Returns a rejected record and its replays. */
    public Found find(Caller caller, UUID id) {
        caller.require(Scope.REJECTED);
        Found found =
                admission.admit(Kind.ROW, () -> new Found(existing(id), replays.of(List.of(id))));
        reads.read(caller, new Question("rejected-record").with("id", id.toString()), 1);
        return found;
    }

    /** Returns the replays of rejected records that the caller has read, newest first. */
    public List<Replay> of(Caller caller, List<RejectedRecord> rejected) {
        caller.require(Scope.REJECTED);
        List<UUID> ids = rejected.stream().map(RejectedRecord::id).toList();
        return ids.isEmpty() ? List.of() : admission.admit(Kind.ROW, () -> replays.of(ids));
    }

    private RejectedRecord existing(UUID id) {
        RejectedRecord rejected = replays.rejected(id);
        if (rejected == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "There is no rejected record %s: take the id from the list /api/v1/rejected."
                            .formatted(id));
        }
        return rejected;
    }

    /** Asks for the replay of a rejected record; returns the one that is under way, if one is. */
    public Replay replay(Caller caller, UUID id) {
        requireReplays(caller);
        Replay replay =
                admission.admit(
                        Kind.ROW,
                        () -> {
                            RejectedRecord rejected = existing(id);
                            return replays.of(List.of(id)).stream()
                                    .filter(before -> before.result() == null)
                                    .findFirst()
                                    .orElseGet(() -> requested(rejected, caller));
                        });
        reads.read(caller, new Question("replay").with("id", id.toString()), 1);
        return replay;
    }

    private Replay requested(RejectedRecord rejected, Caller caller) {
        return replays.request(List.of(rejected.id()), name(caller)).stream()
                .findFirst()
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        Problem.NOT_REPLAYABLE, notReplayable(rejected)));
    }

    private static String notReplayable(RejectedRecord rejected) {
        return Stage.SOURCE.word().equals(rejected.stage())
                ? "The source connector rejected it, and it is in no change topic: the database has the row. Mend the cause and reload the row."
                : "The sink rejected it, which is an entry and no change: its id and content are fixed. Mend the cause, then set the sink's offset in the topic of entries back, or reload the row.";
    }

    /**
     * What was asked for by a query.
     *
     * @param more whether the query has more records than are replayed at once
     */
    public record Requested(int records, boolean more) {}

    /** Asks for the replay of all rejected records of a query that have not been replayed. */
    public Requested replay(Caller caller, RejectedQuery query) {
        requireReplays(caller);
        Requested requested =
                admission.admit(
                        Kind.SEARCH,
                        () -> {
                            List<UUID> due = replays.due(query, MOST_AT_ONCE + 1);
                            boolean more = due.size() > MOST_AT_ONCE;
                            List<UUID> now = more ? due.subList(0, MOST_AT_ONCE) : due;
                            return new Requested(
                                    now.isEmpty() ? 0 : replays.request(now, name(caller)).size(),
                                    more);
                        });
        reads.read(
                caller,
                new Question("replays")
                        .with("source", query.source())
                        .with("code", query.code())
                        .with("table", query.table())
                        .with("from", query.from())
                        .with("to", query.to()),
                requested.records());
        return requested;
    }

    private static void requireReplays(Caller caller) {
        caller.require(Scope.REJECTED);
        caller.require(Scope.ADMINISTER);
    }

    private static String name(Caller caller) {
        return caller.credential().name().toLowerCase(Locale.ROOT) + " " + caller.name();
    }
}
