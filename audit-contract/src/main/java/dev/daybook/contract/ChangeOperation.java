package dev.daybook.contract;

import java.util.Optional;

/**
 * What a record of a change topic says happened: DMS's words (AWS DMS user guide, <i>Using Apache
 * Kafka as a target</i>) and those that the WAL source connector adds.
 */
public enum ChangeOperation {
    LOAD("load", true),
    INSERT("insert", true),
    UPDATE("update", true),
    DELETE("delete", true),
    CREATE_TABLE("create-table", false),
    DROP_TABLE("drop-table", false),
    /** Not DMS's: every row of a table went at once. */
    TRUNCATE("truncate", false),
    /** Not DMS's: everything committed up to a time has been written before this record. */
    HEARTBEAT("heartbeat", false),
    /**
     * Not DMS's: everything up to a position has been written before this record, while no time can
     * be claimed.
     */
    POSITION("position", false),
    /** Not DMS's: changes may be missing between two moments. */
    GAP("gap", false);

    private final String word;
    private final boolean data;

    ChangeOperation(String word, boolean data) {
        this.word = word;
        this.data = data;
    }

    /** Returns the word as it stands in the record's metadata. */
    public String word() {
        return word;
    }

    /** Returns whether the operation is one of data records; the others are of control records. */
    public boolean isData() {
        return data;
    }

    /** Returns the operation of that word, if there is one. */
    public static Optional<ChangeOperation> ofWord(String word) {
        for (ChangeOperation operation : values()) {
            if (operation.word.equals(word)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }
}
