package dev.daybook.contract;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Names what became of a table, and the table of the source whose inserted rows say so. The first
 * eleven words are ours; of these DMS has {@code create-table}, {@code rename-table} and {@code
 * drop-table} too, and the five of columns are DMS's alone. The set is open: DMS may send others.
 */
public enum TableChange {
    CREATE_TABLE,
    ALTER_TABLE,
    /** The table has another name or schema: once under its former name, once under its new one. */
    RENAME_TABLE,
    DROP_TABLE,
    /** Capture of a table that was there begins, or begins again. */
    CAPTURE_TABLE,
    /** Capture of a table that is still there ends. */
    RELEASE_TABLE,
    /** The definition of a table that was captured before the stream that says so began. */
    DEFINE_TABLE,
    ATTACH_PARTITION,
    DETACH_PARTITION,
    DROP_PARTITION,
    TRUNCATE_PARTITION,
    ADD_COLUMN,
    DROP_COLUMN,
    RENAME_COLUMN,
    COLUMN_TYPE_CHANGE,
    CHANGE_COLUMNS;

    /** The table in the schema {@link TransactionContext#SCHEMA} on the source. */
    public static final String SOURCE_TABLE = "table_change";

    /** The columns of the table: what happened, to which table, and the control object. */
    public static final String OPERATION = "operation";

    public static final String SCHEMA_NAME = "schema_name";
    public static final String TABLE_NAME = "table_name";
    public static final String CONTROL = "control";

    /** The columns in the table's order. */
    public static final List<String> COLUMNS = List.of(OPERATION, SCHEMA_NAME, TABLE_NAME, CONTROL);

    private static final TableChange[] ALL = values();

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the word as it stands in records and entries. */
    public String word() {
        return word;
    }

    /** Returns the change of that word, if it is one of these. */
    public static Optional<TableChange> ofWord(String word) {
        for (TableChange change : ALL) {
            if (change.word.equals(word)) {
                return Optional.of(change);
            }
        }
        return Optional.empty();
    }

    /** Returns whether a table is the one whose rows say what became of tables. */
    public static boolean is(String schema, String table) {
        return table.equals(SOURCE_TABLE) && schema.equals(TransactionContext.SCHEMA);
    }
}
