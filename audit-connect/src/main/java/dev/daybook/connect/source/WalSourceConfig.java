package dev.daybook.connect.source;

import dev.daybook.contract.SourceSetting;
import dev.daybook.contract.Topic;
import dev.daybook.source.TablePatterns;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/** The settings of the WAL source connector; docs/reference/source-connector.md explains them. */
final class WalSourceConfig extends AbstractConfig {

    static final ConfigDef DEFINITION =
            new ConfigDef()
                    .define(
                            SourceSetting.DATABASE_URL,
                            Type.STRING,
                            ConfigDef.NO_DEFAULT_VALUE,
                            new JdbcUrl(),
                            Importance.HIGH,
                            "The source database, as jdbc:postgresql://host:port/database.")
                    .define(
                            SourceSetting.DATABASE_USER,
                            Type.STRING,
                            "daybook_capture",
                            Importance.HIGH,
                            "The role to capture as; it needs REPLICATION.")
                    .define(
                            SourceSetting.DATABASE_PASSWORD,
                            Type.PASSWORD,
                            "",
                            Importance.HIGH,
                            "The role's password.")
                    .define(
                            SourceSetting.SOURCE_NAME,
                            Type.STRING,
                            ConfigDef.NO_DEFAULT_VALUE,
                            new ConfigDef.NonEmptyString(),
                            Importance.HIGH,
                            "The source's name in this deployment.")
                    .define(
                            SourceSetting.SLOT_NAME,
                            Type.STRING,
                            "",
                            Importance.MEDIUM,
                            "The replication slot; daybook_<source.name> if empty.")
                    .define(
                            SourceSetting.TOPIC,
                            Type.STRING,
                            "",
                            Importance.MEDIUM,
                            "The topic to write; "
                                    + Topic.changesOf("<source.name>")
                                    + " if empty.")
                    .define(
                            SourceSetting.TOPIC_PARTITIONS,
                            Type.INT,
                            1,
                            ConfigDef.Range.atLeast(1),
                            Importance.HIGH,
                            "How many partitions the topic has; each gets heartbeats.")
                    .define(
                            SourceSetting.REJECTED_TOPIC,
                            Type.STRING,
                            Topic.REJECTED.defaultName(),
                            Importance.MEDIUM,
                            "The topic for what could not be recorded.")
                    .define(
                            SourceSetting.REJECTED_VALUES,
                            Type.BOOLEAN,
                            false,
                            Importance.MEDIUM,
                            "Whether what could not be recorded is kept there with its key and bytes. The"
                                    + " connector does not know the ingest's rules of redaction.")
                    .define(
                            SourceSetting.TABLES,
                            Type.STRING,
                            "",
                            Importance.MEDIUM,
                            "Narrows what is captured to tables that match, such as"
                                    + " public.*,!public.secret_*; empty: every table that the source"
                                    + " was prepared for.")
                    .define(
                            SourceSetting.SNAPSHOT_ENABLED,
                            Type.BOOLEAN,
                            true,
                            Importance.MEDIUM,
                            "Whether rows that are there before the capture are read.")
                    .define(
                            SourceSetting.BATCH_MAX_RECORDS,
                            Type.INT,
                            4096,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "The most records handed to Connect at once.")
                    .define(
                            SourceSetting.BATCH_MAX_BYTES,
                            Type.INT,
                            8 << 20,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "The bytes of records after which they are handed to Connect.")
                    .define(
                            SourceSetting.MAX_VALUE_BYTES,
                            Type.INT,
                            8 << 20,
                            ConfigDef.Range.atLeast(1024),
                            Importance.MEDIUM,
                            "The longest value, as text, that is recorded.")
                    .define(
                            SourceSetting.MAX_RECORD_BYTES,
                            Type.INT,
                            15 << 20,
                            ConfigDef.Range.atLeast(4096),
                            Importance.MEDIUM,
                            "The longest record; stay below the producer's max.request.size.")
                    .define(
                            SourceSetting.HEARTBEAT_INTERVAL_MS,
                            Type.INT,
                            1000,
                            ConfigDef.Range.atLeast(10),
                            Importance.LOW,
                            "Time between heartbeats, in milliseconds.")
                    .define(
                            SourceSetting.TABLES_REFRESH_INTERVAL_MS,
                            Type.INT,
                            5000,
                            ConfigDef.Range.atLeast(100),
                            Importance.LOW,
                            "Time between looks for new tables, in milliseconds.")
                    .define(
                            SourceSetting.STATUS_INTERVAL_MS,
                            Type.INT,
                            1000,
                            ConfigDef.Range.between(10, 10_000),
                            Importance.LOW,
                            "Time between confirmations to the source, in milliseconds.")
                    .define(
                            SourceSetting.RECONNECT_BACKOFF_MS,
                            Type.INT,
                            500,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "Time before the first attempt to connect again, in milliseconds; it"
                                    + " doubles.")
                    .define(
                            SourceSetting.RECONNECT_BACKOFF_MAX_MS,
                            Type.INT,
                            30_000,
                            ConfigDef.Range.atLeast(1),
                            Importance.LOW,
                            "The longest time between attempts to connect, in milliseconds.");

    private static final String SLOT_NAME_RULE = "[a-z0-9_]{1,63}";

    private final String slotName;

    WalSourceConfig(Map<String, String> settings) {
        super(DEFINITION, settings, false);
        String configured = getString(SourceSetting.SLOT_NAME);
        slotName = configured.isEmpty() ? slotFor(sourceName()) : configured;
        if (!slotName.matches(SLOT_NAME_RULE)) {
            throw new ConfigException(
                    SourceSetting.SLOT_NAME,
                    slotName,
                    "A replication slot's name is of lower-case letters, digits and underscores, at"
                            + " most 63.");
        }
        if (maxValueBytes() > maxRecordBytes()) {
            throw new ConfigException(
                    SourceSetting.MAX_VALUE_BYTES,
                    maxValueBytes(),
                    "A value cannot be longer than " + SourceSetting.MAX_RECORD_BYTES + ".");
        }
    }

    /** Returns the slot of a source, where no other name is configured. */
    static String slotFor(String sourceName) {
        String slot =
                "daybook_" + sourceName.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        return slot.length() <= 63 ? slot : slot.substring(0, 63);
    }

    String sourceName() {
        return getString(SourceSetting.SOURCE_NAME);
    }

    String slotName() {
        return slotName;
    }

    String topic() {
        String topic = getString(SourceSetting.TOPIC);
        return topic.isEmpty() ? Topic.changesOf(sourceName()) : topic;
    }

    int topicPartitions() {
        return getInt(SourceSetting.TOPIC_PARTITIONS);
    }

    String rejectedTopic() {
        return getString(SourceSetting.REJECTED_TOPIC);
    }

    boolean rejectedValues() {
        return getBoolean(SourceSetting.REJECTED_VALUES);
    }

    TablePatterns tables() {
        return TablePatterns.parse(getString(SourceSetting.TABLES));
    }

    boolean snapshot() {
        return getBoolean(SourceSetting.SNAPSHOT_ENABLED);
    }

    int batchRecords() {
        return getInt(SourceSetting.BATCH_MAX_RECORDS);
    }

    int batchBytes() {
        return getInt(SourceSetting.BATCH_MAX_BYTES);
    }

    int maxValueBytes() {
        return getInt(SourceSetting.MAX_VALUE_BYTES);
    }

    int maxRecordBytes() {
        return getInt(SourceSetting.MAX_RECORD_BYTES);
    }

    int heartbeatMillis() {
        return getInt(SourceSetting.HEARTBEAT_INTERVAL_MS);
    }

    int tablesRefreshMillis() {
        return getInt(SourceSetting.TABLES_REFRESH_INTERVAL_MS);
    }

    int statusMillis() {
        return getInt(SourceSetting.STATUS_INTERVAL_MS);
    }

    int backoffMillis() {
        return getInt(SourceSetting.RECONNECT_BACKOFF_MS);
    }

    int backoffMaxMillis() {
        return getInt(SourceSetting.RECONNECT_BACKOFF_MAX_MS);
    }

    String databaseUrl() {
        return getString(SourceSetting.DATABASE_URL);
    }

    Properties credentials() {
        Properties credentials = new Properties();
        credentials.setProperty("user", getString(SourceSetting.DATABASE_USER));
        String password = getPassword(SourceSetting.DATABASE_PASSWORD).value();
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
