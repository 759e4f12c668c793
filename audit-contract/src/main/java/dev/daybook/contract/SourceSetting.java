package dev.daybook.contract;

/** The settings of the WAL source connector, beside those that every source connector has. */
public final class SourceSetting {

    /** The class that a worker finds the connector by. */
    public static final String CONNECTOR = "dev.daybook.connect.source.WalSourceConnector";

    public static final String DATABASE_URL = "database.url";
    public static final String DATABASE_USER = "database.user";
    public static final String DATABASE_PASSWORD = "database.password";
    public static final String SOURCE_NAME = "source.name";
    public static final String SLOT_NAME = "slot.name";
    public static final String TOPIC = "topic";
    public static final String TOPIC_PARTITIONS = "topic.partitions";
    public static final String REJECTED_TOPIC = "rejected.topic";
    public static final String REJECTED_VALUES = "rejected.values";
    public static final String TABLES = "tables";
    public static final String SNAPSHOT_ENABLED = "snapshot.enabled";
    public static final String BATCH_MAX_RECORDS = "batch.max.records";
    public static final String BATCH_MAX_BYTES = "batch.max.bytes";
    public static final String MAX_VALUE_BYTES = "max.value.bytes";
    public static final String MAX_RECORD_BYTES = "max.record.bytes";
    public static final String HEARTBEAT_INTERVAL_MS = "heartbeat.interval.ms";
    public static final String TABLES_REFRESH_INTERVAL_MS = "tables.refresh.interval.ms";
    public static final String STATUS_INTERVAL_MS = "status.interval.ms";
    public static final String RECONNECT_BACKOFF_MS = "reconnect.backoff.ms";
    public static final String RECONNECT_BACKOFF_MAX_MS = "reconnect.backoff.max.ms";

    private SourceSetting() {}
}
