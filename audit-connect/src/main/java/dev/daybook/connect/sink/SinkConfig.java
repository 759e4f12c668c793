package dev.daybook.connect.sink;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

import java.util.Map;

/** The sink's settings; {@code docs/reference/sink-connector.md} lists them. */
final class SinkConfig extends AbstractConfig {

    static final String DATABASE_URL = "database.url";
    static final String DATABASE_USER = "database.user";
    static final String DATABASE_PASSWORD = "database.password";
    static final String ENTRIES_TOPIC = "entries.topic";
    static final String ENTRIES_PARTITIONS = "entries.partitions";
    static final String TRANSACTIONS_TOPIC = "transactions.topic";
    static final String REJECTED_TOPIC = "rejected.topic";
    static final String SINK_NAME = "sink.name";
    static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
    static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
    static final String PARTITIONS_AHEAD_MONTHS = "partitions.ahead.months";

    /** Set by the connector for each of its tasks. */
    static final String TASK_NUMBER = "task.number";

    static final ConfigDef DEFINITION =
            new ConfigDef()
                    .define(
                            DATABASE_URL,
                            Type.STRING,
                            ConfigDef.NO_DEFAULT_VALUE,
                            (name, value) -> requireUrl(name, value),
                            Importance.HIGH,
                            "The audit database: a jdbc:postgresql: URL, without user and password.")
                    .define(
                            DATABASE_USER,
                            Type.STRING,
                            "daybook_writer",
                            Importance.HIGH,
                            "The role that writes; it needs no more than daybook_writer's privileges.")
                    .define(
                            DATABASE_PASSWORD,
                            Type.PASSWORD,
                            ConfigDef.NO_DEFAULT_VALUE,
                            Importance.HIGH,
                            "That role's password.")
                    .define(
                            ENTRIES_TOPIC,
                            Type.STRING,
                            "entries",
                            Importance.MEDIUM,
                            "The topic whose records are entries and watermarks.")
                    .define(
                            ENTRIES_PARTITIONS,
                            Type.INT,
                            ConfigDef.NO_DEFAULT_VALUE,
                            Range.atLeast(1),
                            Importance.HIGH,
                            "How many partitions the entries topic has: a source is complete once every"
                                    + " one of them has reported.")
                    .define(
                            TRANSACTIONS_TOPIC,
                            Type.STRING,
                            "transactions",
                            Importance.MEDIUM,
                            "The topic whose records say who and why.")
                    .define(
                            REJECTED_TOPIC,
                            Type.STRING,
                            "rejected",
                            Importance.MEDIUM,
                            "The topic whose records could not be recorded further up.")
                    .define(
                            SINK_NAME,
                            Type.STRING,
                            "",
                            Importance.LOW,
                            "The name under which offsets are kept in audit.sink_offset; by default the"
                                    + " connector's name.")
                    .define(
                            RETRY_BACKOFF_MS,
                            Type.LONG,
                            100L,
                            Range.atLeast(1),
                            Importance.LOW,
                            "How long to wait before the first repetition when the database is away;"
                                    + " doubled each time.")
                    .define(
                            RETRY_BACKOFF_MAX_MS,
                            Type.LONG,
                            10_000L,
                            Range.atLeast(1),
                            Importance.LOW,
                            "The longest wait between repetitions.")
                    .define(
                            PARTITIONS_AHEAD_MONTHS,
                            Type.INT,
                            3,
                            Range.between(1, 120),
                            Importance.LOW,
                            "How many months of partitions are kept ready beyond the present one.")
                    .defineInternal(TASK_NUMBER, Type.INT, 0, Importance.LOW);

    SinkConfig(Map<String, String> settings) {
        super(DEFINITION, settings, false);
    }

    /** The name of this sink's offsets. */
    String sinkName() {
        String name = getString(SINK_NAME);
        if (!name.isEmpty()) {
            return name;
        }
        Object connector = originals().get("name");
        if (connector == null) {
            throw new ConfigException(
                    "Neither name nor "
                            + SINK_NAME
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
                            + DATABASE_PASSWORD
                            + ".");
        }
    }
}
