package dev.daybook.seal;

/** Figures of a sealer, for JMX. A time that is not known is -1. */
public interface SealerStatisticsMXBean {

    /** Returns how many leaves the log has. */
    long getLeaves();

    /** Returns how many seconds ago the last leaf was made; there is one a minute at least. */
    long getSecondsSinceSealed();

    /** Returns how many seconds ago a checkpoint was anchored. */
    long getSecondsSinceAnchored();

    /** Returns how many seconds ago the last verification by schedule ended. */
    long getSecondsSinceVerified();

    /** Returns the exit code of its outcome: 0 intact, 1 broken, 4 not certain. */
    int getVerificationOutcome();

    /** Returns 1 while nothing can be sealed, else 0. */
    int getFailing();
}
