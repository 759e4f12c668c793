package dev.daybook.seal;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a sealer is, and how far the log goes.
 *
 * @param leaves how many leaves the log has
 * @param sealedAt when the last leaf was made; null if none was yet
 * @param completeUntil until when each source was complete, as the last heartbeat says
 * @param anchoredLeaves how many leaves the checkpoint had that was anchored last
 * @param anchoredAt when it was; null if none was yet
 * @param anchorFailures why an anchor could not be written the last time, by its name
 * @param verified what the last verification by schedule found; null if there was none yet
 * @param failure why nothing is sealed; null if it is
 */
public record SealerState(
        long leaves,
        @Nullable Instant sealedAt,
        Map<String, Instant> completeUntil,
        long anchoredLeaves,
        @Nullable Instant anchoredAt,
        Map<String, String> anchorFailures,
        @Nullable Verified verified,
        @Nullable String failure) {

    static final SealerState NEW =
            new SealerState(0, null, Map.of(), 0, null, Map.of(), null, null);

    /**
     * What a verification found.
     *
     * @param rows how many rows were compared
     * @param findings how much was broken, or how many reasons there are not to be certain
     */
    public record Verified(Instant at, Report.Outcome outcome, long rows, long findings) {

        /** Returns the line that is kept of it. */
        String line() {
            return at + " " + outcome + " " + rows + " " + findings + "\n";
        }

        static Verified parse(String line) {
            String[] words = line.strip().split(" ");
            return new Verified(
                    Instant.parse(words[0]),
                    Report.Outcome.valueOf(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]));
        }
    }

    SealerState sealed(long size, Instant at, Map<String, Instant> complete) {
        return new SealerState(
                size, at, complete, anchoredLeaves, anchoredAt, anchorFailures, verified, null);
    }

    SealerState works() {
        return failed(null);
    }

    SealerState failed(@Nullable String why) {
        return new SealerState(
                leaves,
                sealedAt,
                completeUntil,
                anchoredLeaves,
                anchoredAt,
                anchorFailures,
                verified,
                why);
    }

    SealerState anchored(long size, Instant at, String anchor) {
        Map<String, String> failures = new TreeMap<>(anchorFailures);
        failures.remove(anchor);
        return new SealerState(
                leaves, sealedAt, completeUntil, size, at, failures, verified, failure);
    }

    SealerState notAnchored(String anchor, String why) {
        Map<String, String> failures = new TreeMap<>(anchorFailures);
        failures.put(anchor, why);
        return new SealerState(
                leaves,
                sealedAt,
                completeUntil,
                anchoredLeaves,
                anchoredAt,
                failures,
                verified,
                failure);
    }

    SealerState verified(Verified now) {
        return new SealerState(
                leaves,
                sealedAt,
                completeUntil,
                anchoredLeaves,
                anchoredAt,
                anchorFailures,
                now,
                failure);
    }
}
