package dev.daybook.api.query;

import dev.daybook.contract.ReplayOutcome;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Rejected records on their way back: the port through which replays are asked for and listed. */
public interface Replays {

    /**
     * A replay of a rejected record.
     *
     * @param result what became of it, or null while it has not been answered
     */
    record Replay(
            UUID id,
            UUID rejectedId,
            Instant requestedAt,
            String requestedBy,
            @Nullable Result result) {}

    /**
     * What became of a replay.
     *
     * @param became what the record turned out to be, such as {@code update}, or null
     * @param entryId the entry that it became, or null
     * @param code why it became nothing, as a stable word, or null
     * @param reason why, as a sentence, or null
     */
    record Result(
            Instant at,
            ReplayOutcome outcome,
            @Nullable String became,
            @Nullable UUID entryId,
            @Nullable String code,
            @Nullable String reason) {}

    /** Returns a rejected record, or null. */
    @Nullable RejectedRecord rejected(UUID id);

    /**
     * Returns the rejected records of a query that can be replayed, oldest first, without those
     * that were replayed, and those for which a replay has been asked for and not answered.
     */
    List<UUID> due(RejectedQuery query, int limit);

    /** Returns the replays of rejected records, newest first. */
    List<Replay> of(List<UUID> rejectedIds);

    /** Asks for replays; returns those of records that can be replayed. */
    List<Replay> request(List<UUID> rejectedIds, String by);
}
