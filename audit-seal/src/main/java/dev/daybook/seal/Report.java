package dev.daybook.seal;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What a verification found.
 *
 * @param findings what is broken, with where and since when
 * @param gaps what is known to be missing
 * @param notes what a reader should know besides
 * @param unsure why the outcome is not certain; empty if it is
 * @param verified how many rows were compared with what was sealed
 * @param unsealed how many rows came since, and count as nothing
 * @param earlier how many rows were stored before anything was sealed, and were not compared
 * @param leaves how many leaves the log has
 * @param sealedUntil when the sealer was there last, by its clock; null if never
 * @param completeUntil until when each source is complete, a line each
 * @param sealedCompleteUntil what of that the last heartbeat in the log says
 */
public record Report(
        List<Finding> findings,
        List<String> gaps,
        List<String> notes,
        List<String> unsure,
        long verified,
        long unsealed,
        long earlier,
        long leaves,
        @Nullable String sealedUntil,
        List<String> completeUntil,
        List<String> sealedCompleteUntil) {

    /** The three outcomes, and their exit codes. */
    public enum Outcome {
        INTACT(0),
        BROKEN(1),
        INCONCLUSIVE(4);

        private final int exitCode;

        Outcome(int exitCode) {
            this.exitCode = exitCode;
        }

        /** Returns the word of it in a leaf and in JSON. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public int exitCode() {
            return exitCode;
        }
    }

    /**
     * Something that is broken.
     *
     * @param kind one word
     * @param where the row, segment or file
     * @param what what is wrong with it
     * @param since when it was sealed as it should be; null where that is not known
     */
    public record Finding(String kind, String where, String what, @Nullable String since) {

        /** Returns one line. */
        public String inWords() {
            return kind
                    + ": "
                    + where
                    + ": "
                    + what
                    + (since == null ? "" : " (sealed " + since + ")");
        }
    }

    public Outcome outcome() {
        if (!findings.isEmpty()) {
            return Outcome.BROKEN;
        }
        return unsure.isEmpty() ? Outcome.INTACT : Outcome.INCONCLUSIVE;
    }
}
