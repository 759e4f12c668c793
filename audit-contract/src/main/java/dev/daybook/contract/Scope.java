package dev.daybook.contract;

import java.util.Locale;
import java.util.Optional;

/** What a caller of the API may do. */
public enum Scope {
    /** Ask for entries, rows, transactions and counts of the tables that it may see. */
    READ,
    /** Take whole answers away: exports and streams. */
    EXPORT,
    /** See what was rejected, with its bytes. */
    REJECTED,
    /** See who has read what, make and revoke keys, and have rejected records replayed. */
    ADMINISTER;

    /**
     * Returns whether only a caller who sees all tables has it: a rejected record may be of any
     * table, and what others asked names tables.
     */
    public boolean isOfAllTables() {
        return this == REJECTED || this == ADMINISTER;
    }

    /** Returns the word for it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the scope of a word, if there is one. */
    public static Optional<Scope> ofWord(String word) {
        for (Scope scope : values()) {
            if (scope.word().equals(word)) {
                return Optional.of(scope);
            }
        }
        return Optional.empty();
    }
}
