package dev.daybook.connect.sink;

import dev.daybook.contract.SinkSetting;
import dev.daybook.contract.Topic;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

import java.util.List;
import java.util.Map;

/** The sink's settings; {@code docs/reference/sink-connector.md} lists them. */
final class SinkConfig extends AbstractConfig {

    /** Set by the connector for each of its tasks. */
    static final String TASK_NUMBER = "task.number";

    static final ConfigDef DEFINITION =
            new ConfigDef()
                    .define(
                            SinkSetting.DATABASE_URL,
                            Type.STRING,
                            ConfigDef.NO_DEFAULT_VALUE,
                            (name, value) -> requireUrl(name, value),
                            Importance.HIGH,
                            "The audit database: a jdbc:postgresql: URL, without user and password.")
                    .define(
                            SinkSetting.DATABASE_USER,
                            Type.STRING,
                            "daybook_writer",
                            Importance.HIGH,
                            "The role that writes; it needs no more than daybook_writer's privileges.")
                    .define(
                            SinkSetting.DATABASE_PASSWORD,
                            Type.PASSWORD,
                            ConfigDef.NO_DEFAULT_VALUE,
                            Importance.HIGH,
                            "That role's password.")
                    .define(
                            SinkSetting.ENTRIES_TOPIC,
                            Type.STRING,
                            Topic.ENTRIES.defaultName(),
                            Importance.MEDIUM,
                            "The topic of entries and watermarks.")
                    .define(
                            SinkSetting.ENTRIES_PARTITIONS,
                            Type.INT,
                            ConfigDef.NO_DEFAULT_VALUE,
                            Range.atLeast(1),
                            Importance.HIGH,
                            "How many partitions the entries topic has: a source is complete once every"
                                    + " one of them has reported.")
                    .define(
                            SinkSetting.TRANSACTIONS_TOPIC,
                            Type.STRING,
                            Topic.TRANSACTIONS.defaultName(),
                            Importance.MEDIUM,
                            "The topic of transactions' contexts.")
                    .define(
                            SinkSetting.REJECTED_TOPIC,
                            Type.STRING,
                            Topic.REJECTED.defaultName(),
                            Importance.MEDIUM,
                            "The topic of records that could not be recorded further up.")
                    .define(
                            SinkSetting.SOURCES,
                            Type.LIST,
                            List.of(),
                            Importance.MEDIUM,
                            "The sources whose watermarks count; those of others are rejected. Empty: those of"
                                    + " any source.")
                    .define(
                            SinkSetting.SINK_NAME,
                            Type.STRING,
                            "",
                            Importance.LOW,
                            "The name under which offsets are kept in audit.sink_offset; by default the"
                                    + " connector's name.")
                    .define(
                            SinkSetting.RETRY_BACKOFF_MS,
                            Type.LONG,
                            100L,
                            Range.atLeast(1),
                            Importance.LOW,
                            "How long to wait before the first repetition when the database is unreachable;"
                                    + " doubled each time.")
                    .define(
                            SinkSetting.RETRY_BACKOFF_MAX_MS,
                            Type.LONG,
                            10_000L,
                            Range.atLeast(1),
                            Importance.LOW,
                            "The longest wait between repetitions.")
                    .define(
                            SinkSetting.PARTITIONS_AHEAD_MONTHS,
                            Type.INT,
                            3,
                            Range.between(1, 120),
                            Importance.LOW,
                            "How many months of partitions are kept ready beyond the present one.")
                    .define(
                            SinkSetting.SEAL,
                            Type.BOOLEAN,
                            false,
                            Importance.MEDIUM,
                            "Whether what is stored is sealed: each row is hashed, and the topic of segments"
                                    + " acknowledges the hashes before the rows are committed.")
                    .define(
                            SinkSetting.SEGMENTS_TOPIC,
                            Type.STRING,
                            Topic.SEGMENTS.defaultName(),
                            Importance.LOW,
                            "The topic that the sealer reads. Settings of its producer begin with "
                                    + SinkSetting.SEGMENTS_PRODUCER_PREFIX
                                    + " and name bootstrap.servers at least.")
                    .define(
                            SinkSetting.PERSONAL_COLUMNS,
                            Type.LIST,
                            "",
                            Importance.LOW,
                            "Columns about persons, as schema.table.column: each is sealed so that it can be"
                                    + " erased alone.")
                    .defineInternal(TASK_NUMBER, Type.INT, 0, Importance.LOW);

    SinkConfig(Map<String, String> settings) {
        super(DEFINITION, settings, false);
    }

    /** Returns the name of this sink's offsets. */
    String sinkName() {
        String name = getString(SinkSetting.SINK_NAME);
        if (!name.isEmpty()) {
            return name;
        }
        Object connector = originals().get("name");
        if (connector == null) {
            throw new ConfigException(
                    "Neither name nor "
                            + SinkSetting.SINK_NAME
                            + " is set: offsets are kept under one of them. Set name.");
        }
        return connector.toString();
    }

    private static void requireUrl(String name, Object value) {
        if (!value.toString().startsWith("jdbc:postgresql:")) {
            throw new ConfigException(
                    name + " must be a JDBC URL such as jdbc:postgresql://host:5432/audit.");
        }
        if (value.toString().contains("password=")) {
            throw new ConfigException(
                    name
                            + " holds a password, which Connect would show: move it to "
                            + SinkSetting.DATABASE_PASSWORD
                            + ".");
        }
    }
}
