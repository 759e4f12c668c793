package dev.daybook.connect.source;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

import java.util.Map;
import java.util.Properties;

/** The settings of the WAL source connector; docs/reference/source-connector.md explains them. */
final class WalSourceConfig extends AbstractConfig {

    static final String DATABASE_URL = "database.url";
    static final String DATABASE_USER = "database.user";
    static final String DATABASE_PASSWORD = "database.password";
    static final String SOURCE_NAME = "source.name";
    static final String SLOT_NAME = "slot.name";
    static final String TOPIC = "topic";
    static final String TOPIC_PARTITIONS = "topic.partitions";
    static final String REJECTED_TOPIC = "rejected.topic";
    static final String TABLES = "tables";
    static final String SNAPSHOT = "snapshot.enabled";
    static final String BATCH_RECORDS = "batch.max.records";
    static final String BATCH_BYTES = "batch.max.bytes";
    static final String MAX_VALUE_BYTES = "max.value.bytes";
    static final String MAX_RECORD_BYTES = "max.record.bytes";
    static final String HEARTBEAT_INTERVAL = "heartbeat.interval.ms";
    static final String TABLES_REFRESH_INTERVAL = "tables.refresh.interval.ms";
    static final String STATUS_INTERVAL = "status.interval.ms";
    static final String BACKOFF = "reconnect.backoff.ms";
    static final String BACKOFF_MAX = "reconnect.backoff.max.ms";

    static final ConfigDef DEFINITION =
            new ConfigDef()
                    .define(
                            DATABASE_URL,
                            Type.STRING,
                            ConfigDef.NO_DEFAULT_VALUE,
                            new JdbcUrl(),
                            Importance.HIGH,
                            "The source database, as jdbc:postgresql://host:port/database.")
                    .define(
                            DATABASE_USER,
                            Type.STRING,
                            "daybook_capture",
                            Importance.HIGH,
                            "The role to capture as; it needs REPLICATION.")
                    .define(
                            DATABASE_PASSWORD,
                            Type.PASSWORD,
                            "",
                            Importance.HIGH,
                            "The role's password.")
                    .define(
                            SOURCE_NAME,
                            Type.STRING,
                            ConfigDef.NO_DEFAULT_VALUE,
                            new ConfigDef.NonEmptyString(),
                            Importance.HIGH,
                            "The source's name in this deployment.")
                    .define(
                            SLOT_NAME,
                            Type.STRING,
                            "",
                            Importance.MEDIUM,
                            "The replication slot; daybook_<source.name> if empty.")
                    .define(
                            TOPIC,
                            Type.STRING,
                            "",
                            Importance.MEDIUM,
                            "The topic to write; changes.<source.name> if empty.")
                    .define(
                            TOPIC_PARTITIONS,
                            Type.INT,
                            1,
                            ConfigDef.Range.atLeast(1),
                            Importance.HIGH,
                            "How many partitions the topic has; each gets heartbeats.")
                    .define(
                            REJECTED_TOPIC,
                            Type.STRING,
                            "rejected",
                            Importance.MEDIUM,
                            "The topic for what could not be recorded.")
                    .define(
                            TABLES,
                            Type.STRING,
                            "",
                            Importance.MEDIUM,
                            "Narrows what is captured to tables that match, such as"
                                    + " public.*,!public.secret_*; empty: every table that the source"
                                    + " was prepared for.")
                    .define(
                            SNAPSHOT,
                            Type.BOOLEAN,
                            true,
                            Importance.MEDIUM,
                            "Whether rows that are there before the capture are read.")
                    .define(
                            BATCH_RECORDS,
                            Type.INT,
                            4096,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "The most records handed to Connect at once.")
                    .define(
                            BATCH_BYTES,
                            Type.INT,
                            8 << 20,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "The bytes of records after which they are handed to Connect.")
                    .define(
                            MAX_VALUE_BYTES,
                            Type.INT,
                            8 << 20,
                            ConfigDef.Range.atLeast(1024),
                            Importance.MEDIUM,
                            "The longest value, as text, that is recorded.")
                    .define(
                            MAX_RECORD_BYTES,
                            Type.INT,
                            15 << 20,
                            ConfigDef.Range.atLeast(4096),
                            Importance.MEDIUM,
                            "The longest record; stay below the producer's max.request.size.")
                    .define(
                            HEARTBEAT_INTERVAL,
                            Type.INT,
                            1000,
                            ConfigDef.Range.atLeast(10),
                            Importance.LOW,
                            "Time between heartbeats, in milliseconds.")
                    .define(
                            TABLES_REFRESH_INTERVAL,
                            Type.INT,
                            5000,
                            ConfigDef.Range.atLeast(100),
                            Importance.LOW,
                            "Time between looks for new tables, in milliseconds.")
                    .define(
                            STATUS_INTERVAL,
                            Type.INT,
                            1000,
                            ConfigDef.Range.between(10, 10_000),
                            Importance.LOW,
                            "Time between confirmations to the source, in milliseconds.")
                    .define(
                            BACKOFF,
                            Type.INT,
                            500,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "Time before the first attempt to connect again, in milliseconds; it"
                                    + " doubles.")
                    .define(
                            BACKOFF_MAX,
                            Type.INT,
                            30_000,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "The longest time between attempts to connect, in milliseconds.");

    private static final String SLOT_NAME_RULE = "[a-z0-9_]{1,63}";

    private final String slotName;

    WalSourceConfig(Map<String, String> settings) {
        super(DEFINITION, settings, false);
        String configured = getString(SLOT_NAME);
        slotName = configured.isEmpty() ? slotFor(sourceName()) : configured;
        if (!slotName.matches(SLOT_NAME_RULE)) {
            throw new ConfigException(
                    SLOT_NAME,
                    slotName,
                    "A replication slot's name is of lower-case letters, digits and underscores, at"
                            + " most 63.");
        }
        if (maxValueBytes() > maxRecordBytes()) {
            throw new ConfigException(
                    MAX_VALUE_BYTES,
                    maxValueBytes(),
                    "A value cannot be longer than " + MAX_RECORD_BYTES + ".");
        }
    }

    /** The slot of a source, where no other name is configured. */
    static String slotFor(String sourceName) {
        String slot =
                "daybook_"
                        + sourceName
                                .toLowerCase(java.util.Locale.ROOT)
                                .replaceAll("[^a-z0-9_]", "_");
        return slot.length() <= 63 ? slot : slot.substring(0, 63);
    }

    String sourceName() {
        return getString(SOURCE_NAME);
    }

    String slotName() {
        return slotName;
    }

    String topic() {
        String topic = getString(TOPIC);
        return topic.isEmpty() ? "changes." + sourceName() : topic;
    }

    int topicPartitions() {
        return getInt(TOPIC_PARTITIONS);
    }

    String rejectedTopic() {
        return getString(REJECTED_TOPIC);
    }

    TablePatterns tables() {
        return TablePatterns.parse(getString(TABLES));
    }

    boolean snapshot() {
        return getBoolean(SNAPSHOT);
    }

    int batchRecords() {
        return getInt(BATCH_RECORDS);
    }

    int batchBytes() {
        return getInt(BATCH_BYTES);
    }

    int maxValueBytes() {
        return getInt(MAX_VALUE_BYTES);
    }

    int maxRecordBytes() {
        return getInt(MAX_RECORD_BYTES);
    }

    int heartbeatMillis() {
        return getInt(HEARTBEAT_INTERVAL);
    }

    int tablesRefreshMillis() {
        return getInt(TABLES_REFRESH_INTERVAL);
    }

    int statusMillis() {
        return getInt(STATUS_INTERVAL);
    }

    int backoffMillis() {
        return getInt(BACKOFF);
    }

    int backoffMaxMillis() {
        return getInt(BACKOFF_MAX);
    }

    String databaseUrl() {
        return getString(DATABASE_URL);
    }

    Properties credentials() {
        Properties credentials = new Properties();
        credentials.setProperty("user", getString(DATABASE_USER));
        String password = getPassword(DATABASE_PASSWORD).value();
        if (!password.isEmpty()) {
            credentials.setProperty("password", password);
        }
        return credentials;
    }

    private static final class JdbcUrl implements ConfigDef.Validator {
        @Override
        public void ensureValid(String name, Object value) {
            if (value instanceof String url && !url.startsWith("jdbc:postgresql:")) {
                throw new ConfigException(
                        name, "(not shown)", "Write it as jdbc:postgresql://host:port/database.");
            }
        }
    }
}
