package dev.daybook.contract;

import java.util.Locale;
import java.util.Optional;

/** What happened to a row, or to a whole table, in an audit entry. */
public enum Operation {
    /**
     * The row as it was when capture of its table began; not a change. DMS calls it {@code load}.
     */
    SNAPSHOT,
    INSERT,
    UPDATE,
    DELETE,
    /** Every row of the table went at once; the entry names no row. */
    TRUNCATE,
    /**
     * The table itself was created, altered, renamed, dropped, and the like; see {@link
     * TableChange}.
     */
    TABLE_CHANGE;

    private static final Operation[] ALL = values();

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the lower-case word used on the wire, in the database and in REST. */
    public String word() {
        return word;
    }

    /** Returns the operation of that word, if there is one. */
    public static Optional<Operation> ofWord(String word) {
        for (Operation operation : ALL) {
            if (operation.word.equals(word)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }
}
