package dev.daybook.verifier;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a check found.
 *
 * @param outcome one of three
 * @param refusal what is wrong and where; null unless refused
 * @param facts what has been checked; null if refused
 * @param unsure why the outcome is not certain; empty if it is
 */
record Report(
        Outcome outcome,
        @Nullable PackException refusal,
        @Nullable Facts facts,
        List<String> unsure) {

    /** The three outcomes, and their exit codes, which are those of {@code ./daybook verify}. */
    enum Outcome {
        VERIFIED(0, "VERIFIED"),
        REFUSED(1, "REFUSED"),
        NOT_CERTAIN(4, "NOT CERTAIN");

        final int exitCode;
        final String word;

        Outcome(int exitCode, String word) {
            this.exitCode = exitCode;
            this.word = word;
        }
    }

    /**
     * An entry that is about the pack's subject.
     *
     * @param context who and why, where the transaction said so
     * @param leaf the number of the log's leaf that lists it
     * @param sealedAt when, by the sealer's clock
     * @param origin the topic, partition and offset that it came from
     */
    record Shown(
            EntryRow entry,
            @Nullable TransactionRow context,
            long leaf,
            long sealedAt,
            String origin) {}

    /**
     * What follows from a pack whose every hash is right.
     *
     * @param entries those about the subject, in the order of their commit times; the first ones
     *     where there are many
     * @param firstLeaf the first leaf that is shown behind the log's beginning; -1 if there is none
     * @param completeUntil until when each source of the entries is complete, a line each
     * @param keptConfirmed how many checkpoints that the reader kept are confirmed
     */
    record Facts(
            Subject subject,
            ShownLog log,
            List<Shown> entries,
            long firstLeaf,
            long lastLeaf,
            List<String> completeUntil,
            List<String> notes,
            int keptConfirmed) {}

    static Report refused(PackException why) {
        return new Report(Outcome.REFUSED, why, null, List.of());
    }

    static Report of(Facts facts, List<String> unsure) {
        return new Report(
                unsure.isEmpty() ? Outcome.VERIFIED : Outcome.NOT_CERTAIN, null, facts, unsure);
    }
}
