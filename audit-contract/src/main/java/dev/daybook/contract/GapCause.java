package dev.daybook.contract;

import java.util.Locale;

/** Why a stretch of the log may miss changes. */
public enum GapCause {
    /** Records were deleted from their topic before they were read. */
    EXPIRED,
    /** A topic was made anew; what it held and had not been read is not known. */
    TOPIC_REPLACED;

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the lower-case word used in the database and in REST. */
    public String word() {
        return word;
    }
}
