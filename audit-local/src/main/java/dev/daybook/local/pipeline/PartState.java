package dev.daybook.local.pipeline;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/**
 * Says how one part of a running pipeline is.
 *
 * @param part its name, one word
 * @param works whether it does its work
 * @param reason what it does, or why it does not work
 * @param since since when; null if that is not known
 */
public record PartState(String part, boolean works, String reason, @Nullable Instant since) {

    public static PartState working(String part, String what) {
        return new PartState(part, true, what, null);
    }

    public static PartState failed(String part, String reason) {
        return new PartState(part, false, reason, null);
    }

    PartState since(Instant moment) {
        return new PartState(part, works, reason, moment);
    }

    /** Returns whether another state of the same part differs by more than its beginning. */
    boolean sameAs(PartState other) {
        return part.equals(other.part) && works == other.works && reason.equals(other.reason);
    }

    /** Returns one line for a person. */
    public String inWords(Instant now) {
        if (works) {
            return reason;
        }
        return since == null
                ? "FAILED: " + reason
                : "FAILED since "
                        + since
                        + " ("
                        + Math.max(0, Duration.between(since, now).toSeconds())
                        + " s ago): "
                        + reason;
    }
}
