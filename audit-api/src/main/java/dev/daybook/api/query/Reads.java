package dev.daybook.api.query;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Who has read what of the log: the port through which it is kept and listed. */
public interface Reads {

    /**
     * A read.
     *
     * @param at when it was answered
     * @param credential how the caller was authenticated
     * @param caller whose key or token
     * @param kind of what: {@code entries}, {@code history} and so on
     * @param question what was asked, with its parameters
     * @param items how many entries or records were answered
     */
    record Read(
            UUID id,
            Instant at,
            String credential,
            String caller,
            String kind,
            String question,
            long items) {}

    /** Stores reads; those that are stored already stay as they are. */
    void store(List<Read> reads);

    /**
     * Lists reads, newest first.
     *
     * @param caller of this caller, or null for all
     * @param olderThan only reads before this time and id, or null for the newest
     */
    List<Read> list(
            @Nullable String caller,
            dev.daybook.domain.history.@Nullable Keyset olderThan,
            int limit);
}
