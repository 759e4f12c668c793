package dev.daybook.contract;

/** The settings of the audit log sink connector, beside those that every sink connector has. */
public final class SinkSetting {

    /** The class that a worker finds the connector by. */
    public static final String CONNECTOR = "dev.daybook.connect.sink.AuditLogSinkConnector";

    public static final String DATABASE_URL = "database.url";
    public static final String DATABASE_USER = "database.user";
    public static final String DATABASE_PASSWORD = "database.password";
    public static final String ENTRIES_TOPIC = "entries.topic";
    public static final String ENTRIES_PARTITIONS = "entries.partitions";
    public static final String TRANSACTIONS_TOPIC = "transactions.topic";
    public static final String REJECTED_TOPIC = "rejected.topic";
    public static final String SOURCES = "sources";
    public static final String SINK_NAME = "sink.name";
    public static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
    public static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
    public static final String PARTITIONS_AHEAD_MONTHS = "partitions.ahead.months";

    public static final String SEAL = "seal";
    public static final String SEGMENTS_TOPIC = "segments.topic";

    /** What the settings of the producer of segments begin with. */
    public static final String SEGMENTS_PRODUCER_PREFIX = "segments.producer.";

    public static final String PERSONAL_COLUMNS = "personal.columns";

    private SinkSetting() {}
}
