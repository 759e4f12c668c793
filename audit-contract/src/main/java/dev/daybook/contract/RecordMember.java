package dev.daybook.contract;

/**
 * The members of the topics' JSON values. Those of entries, contexts and rejected records are the
 * columns of the audit database's tables too.
 */
public final class RecordMember {

    private RecordMember() {}

    /** Members of a change record, in DMS's format. */
    public static final class Change {
        public static final String DATA = "data";
        public static final String BEFORE_IMAGE = "before-image";
        public static final String CONTROL = "control";
        public static final String METADATA = "metadata";

        /** In the metadata: when the record was made. */
        public static final String TIMESTAMP = "timestamp";

        public static final String RECORD_TYPE = "record-type";
        public static final String RECORD_TYPE_DATA = "data";
        public static final String RECORD_TYPE_CONTROL = "control";
        public static final String OPERATION = "operation";
        public static final String PARTITION_KEY_TYPE = "partition-key-type";
        public static final String PARTITION_KEY_TYPE_PRIMARY_KEY = "primary-key";
        public static final String PARTITION_KEY_TYPE_SCHEMA_TABLE = "schema-table";
        public static final String PARTITION_KEY_TYPE_TASK_ID = "task-id";
        public static final String PARTITION_KEY_VALUE = "partition-key-value";
        public static final String SCHEMA_NAME = "schema-name";
        public static final String TABLE_NAME = "table-name";
        public static final String TRANSACTION_ID = "transaction-id";
        public static final String TRANSACTION_RECORD_ID = "transaction-record-id";
        public static final String PREVIOUS_TRANSACTION_ID = "prev-transaction-id";
        public static final String PREVIOUS_TRANSACTION_RECORD_ID = "prev-transaction-record-id";
        public static final String COMMIT_TIMESTAMP = "commit-timestamp";
        public static final String STREAM_POSITION = "stream-position";

        /** Not DMS's: the source's own commit time, where {@link #COMMIT_TIMESTAMP} is later. */
        public static final String SOURCE_COMMIT_TIMESTAMP = "source-commit-timestamp";

        private Change() {}
    }

    /** Members of the {@code control} object of a change record. */
    public static final class Control {
        public static final String TABLE_DEF = "table-def";
        public static final String COLUMNS = "columns";
        public static final String TYPE = "type";
        public static final String LENGTH = "length";
        public static final String NULLABLE = "nullable";
        public static final String PRIMARY_KEY = "primary-key";

        /** Not DMS's: the type as PostgreSQL prints it. */
        public static final String POSTGRES_TYPE = "postgres-type";

        public static final String COMPLETE_UNTIL = "complete-until";
        public static final String POSITION = "position";

        /** The position of the record of this kind before; at a start, where the slot stood. */
        public static final String PREVIOUS = "previous";

        public static final String PARTITION = "partition";
        public static final String PARTITIONS = "partitions";

        public static final String GAP_ID = "gap-id";
        public static final String FOUND_AT = "found-at";
        public static final String FROM_TIME = "from-time";
        public static final String TO_TIME = "to-time";
        public static final String FROM_POSITION = "from-position";
        public static final String TO_POSITION = "to-position";
        public static final String CAUSE = "cause";
        public static final String REASON = "reason";

        /** Not DMS's, as all that follow: the table's oid in the source. */
        public static final String OID = "oid";

        /** A column's number in its table, which stays through a renaming. */
        public static final String NUMBER = "number";

        /** The definition that the table had before. */
        public static final String WAS = "was";

        /** Columns whose stored values were written anew by the change. */
        public static final String REWRITTEN = "rewritten";

        /** The table's name before it was renamed, where the record stands under the new one. */
        public static final String FROM = "from";

        /** The table's name after it was renamed, where the record stands under the former one. */
        public static final String TO = "to";

        /** Whether a partition that was attached surely has no rows. */
        public static final String EMPTY = "empty";

        private Control() {}
    }

    /** Members of an entry. */
    public static final class Entry {
        public static final String ID = "id";
        public static final String COMMITTED_AT = "committed_at";
        public static final String SOURCE = "source";
        public static final String TABLE_NAME = "table_name";
        public static final String ENTITY_KEY = "entity_key";
        public static final String OLD_ENTITY_KEY = "old_entity_key";
        public static final String OPERATION = "operation";
        public static final String TRANSACTION_ID = "transaction_id";
        public static final String SEQUENCE = "sequence";
        public static final String POSITION = "position";
        public static final String BEFORE = "before";
        public static final String AFTER = "after";
        public static final String UNKNOWN_COLUMNS = "unknown_columns";
        public static final String ACTOR = "actor";

        /** The source's own commit time, only where {@link #COMMITTED_AT} is later. */
        public static final String SOURCE_COMMITTED_AT = "source_committed_at";

        private Entry() {}
    }

    /** Members of {@code after} in an entry that says what became of a table. */
    public static final class TableChanged {
        /** The word of the change; see {@link TableChange}. */
        public static final String CHANGE = "change";

        /** The control object as the record had it, or null. */
        public static final String CONTROL = "control";

        private TableChanged() {}
    }

    /** Members of a watermark. */
    public static final class Watermark {
        public static final String SOURCE = "source";
        public static final String CHANGES_PARTITION = "changes_partition";
        public static final String CHANGES_PARTITIONS = "changes_partitions";
        public static final String ENTRIES_PARTITION = "entries_partition";
        public static final String ENTRIES_PARTITIONS = "entries_partitions";
        public static final String COMPLETE_UNTIL = "complete_until";
        public static final String POSITION = "position";
        public static final String PREVIOUS = "previous";

        private Watermark() {}
    }

    /** Members of a part's report of itself. */
    public static final class Report {
        public static final String STAGE = "stage";
        public static final String INSTANCE = "instance";
        public static final String FAILING_SINCE = "failing_since";
        public static final String REASON = "reason";

        private Report() {}
    }

    /** Members of a gap. */
    public static final class Gap {
        public static final String ID = "id";
        public static final String FOUND_AT = "found_at";
        public static final String SOURCE = "source";
        public static final String STAGE = "stage";
        public static final String CAUSE = "cause";
        public static final String REASON = "reason";
        public static final String TABLE_NAME = "table_name";
        public static final String FROM_TIME = "from_time";
        public static final String TO_TIME = "to_time";
        public static final String FROM_POSITION = "from_position";
        public static final String TO_POSITION = "to_position";
        public static final String TOPIC = "topic";
        public static final String PARTITION = "partition";
        public static final String FROM_OFFSET = "from_offset";
        public static final String TO_OFFSET = "to_offset";

        private Gap() {}
    }

    /** Members of a transaction's context, beside the columns of {@link TransactionContext}. */
    public static final class Context {
        public static final String SOURCE = "source";
        public static final String TRANSACTION_ID = "transaction_id";
        public static final String COMMITTED_AT = "committed_at";

        private Context() {}
    }

    /** Members of a rejected record. */
    public static final class Rejected {
        public static final String ID = "id";
        public static final String REJECTED_AT = "rejected_at";
        public static final String SOURCE = "source";
        public static final String STAGE = "stage";
        public static final String CODE = "code";
        public static final String REASON = "reason";
        public static final String TOPIC = "topic";
        public static final String PARTITION = "partition";
        public static final String RECORD_OFFSET = "record_offset";
        public static final String TABLE_NAME = "table_name";
        public static final String RECORD_KEY = "record_key";
        public static final String RECORD_VALUE = "record_value";

        /** The record's headers; absent where the record is not kept whole. */
        public static final String RECORD_HEADERS = "record_headers";

        public static final String HEADER_NAME = "name";
        public static final String HEADER_VALUE = "value";

        /** The record's own time in its topic. */
        public static final String RECORD_TIME = "record_time";

        private Rejected() {}
    }

    /** Members of what became of a rejected record's replay. */
    public static final class Replay {
        public static final String REPLAY_ID = "replay_id";
        public static final String REJECTED_ID = "rejected_id";
        public static final String OUTCOME = "outcome";
        public static final String BECAME = "became";
        public static final String ENTRY_ID = "entry_id";
        public static final String CODE = "code";
        public static final String REASON = "reason";

        private Replay() {}
    }

    /** Members of a table's definition. */
    public static final class Table {
        public static final String SOURCE = "source";
        public static final String TABLE_NAME = "table_name";
        public static final String COLUMNS = "columns";
        public static final String COLUMN_NAME = "name";
        public static final String COLUMN_TYPE = "type";
        public static final String COLUMN_LENGTH = "length";
        public static final String COLUMN_NULLABLE = "nullable";
        public static final String KEY = "key";

        /** False since a change that did not say what the columns are now; else absent. */
        public static final String CERTAIN = "certain";

        public static final String DEFINED_AT = "defined_at";

        private Table() {}
    }
}
