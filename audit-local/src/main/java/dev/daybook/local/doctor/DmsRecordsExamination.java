package dev.daybook.local.doctor;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.RecordMember.Change;
import dev.daybook.source.Finding;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Holds the latest records of change topics against the settings that a DMS task was said to have,
 * and that it should have. The endpoint's settings are in no description of a task: records are the
 * only witness.
 */
public final class DmsRecordsExamination {

    /** How many records of a partition are looked at. */
    private static final int LATEST = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** So many updates without a before-image are no accident. */
    private static final int ENOUGH = 20;

    /** A double holds a whole number of so many digits exactly. */
    private static final int DIGITS_OF_A_DOUBLE = 15;

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    private static final Set<String> ENVELOPE =
            Set.of(Change.DATA, Change.METADATA, Change.CONTROL);

    private final DmsTask task;
    private final Map<String, Finding> findings = new TreeMap<>();
    private final Map<String, Set<String>> columnsOfLoads = new HashMap<>();
    private int updates;
    private int beforeImages;
    private boolean nullSeen;
    private @Nullable String narrower;

    private DmsRecordsExamination(DmsTask task) {
        this.task = task;
    }

    /** Reads the latest records of the topics and returns what they show. */
    public static List<Finding> of(
            Consumer<byte[], byte[]> consumer, Set<String> topics, DmsTask task) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String topic : topics) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo partition : consumer.partitionsFor(topic)) {
                partitions.add(new TopicPartition(topic, partition.partition()));
            }
            consumer.assign(partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            ends.forEach(
                    (partition, end) ->
                            consumer.seek(
                                    partition,
                                    Math.max(begins.getOrDefault(partition, 0L), end - LATEST)));
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < PATIENCE.toNanos()
                    && ends.entrySet().stream()
                            .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return of(records, task);
    }

    /** Returns what records show. */
    static List<Finding> of(List<ConsumerRecord<byte[], byte[]>> records, DmsTask task) {
        DmsRecordsExamination examination = new DmsRecordsExamination(task);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.value() != null) {
                try {
                    examination.look(
                            JSON.readTree(record.value()),
                            record.topic() + "-" + record.partition() + "@" + record.offset());
                } catch (JacksonException notJson) {
                    // The ingest rejects it, and says so.
                }
            }
        }
        examination.sumUp();
        return List.copyOf(examination.findings.values());
    }

    private void look(JsonNode record, String place) {
        JsonNode metadata = record.path(Change.METADATA);
        if (!metadata.path(Change.RECORD_TYPE).asString("").equals(Change.RECORD_TYPE_DATA)
                || metadata.path(Change.TABLE_NAME)
                        .asString("")
                        .regionMatches(true, 0, "awsdms_", 0, 7)) {
            return;
        }
        String operation = metadata.path(Change.OPERATION).asString("");
        boolean load = operation.equals(ChangeOperation.LOAD.word());
        if (!load && !metadata.has(Change.COMMIT_TIMESTAMP)) {
            differs(
                    "KafkaSettings.IncludeTransactionDetails",
                    "Changes come without their transaction's details: they have no commit time, and"
                            + " who made them cannot be joined to them.",
                    place + " has no " + Change.COMMIT_TIMESTAMP,
                    "true");
        }
        if (metadata.path(Change.PARTITION_KEY_TYPE)
                        .asString("")
                        .equals(Change.PARTITION_KEY_TYPE_PRIMARY_KEY)
                && !metadata.has(Change.PARTITION_KEY_VALUE)) {
            differs(
                    "KafkaSettings.IncludePartitionValue",
                    "Records come without the value of their key.",
                    place + " has no " + Change.PARTITION_KEY_VALUE,
                    "true");
        }
        for (JsonNode value : record.path(Change.DATA)) {
            if (value.isBigDecimal() && mayBeRounded(value.decimalValue())) {
                differs(
                        "KafkaSettings.UseLargeIntegerValue",
                        "Whole numbers of more than 15 digits come with an exponent and may be"
                                + " rounded: two rows can share a key.",
                        place + " has " + value.decimalValue(),
                        "true");
            }
        }
        if (load || operation.equals(ChangeOperation.INSERT.word())) {
            lookAtColumns(metadata, record.path(Change.DATA), place);
        }
        if (operation.equals(ChangeOperation.UPDATE.word())) {
            lookAtBeforeImage(record, place);
        }
    }

    private static boolean mayBeRounded(BigDecimal number) {
        BigDecimal plain = number.stripTrailingZeros();
        return plain.scale() <= 0 && plain.precision() > DIGITS_OF_A_DOUBLE;
    }

    /** A row that has fewer columns than another of its table shows that null ones are left out. */
    private void lookAtColumns(JsonNode metadata, JsonNode data, String place) {
        String table =
                metadata.path(Change.SCHEMA_NAME).asString("")
                        + "."
                        + metadata.path(Change.TABLE_NAME).asString("");
        Set<String> columns = Set.copyOf(data.propertyNames());
        Set<String> before =
                columnsOfLoads.merge(table, columns, (a, b) -> a.size() >= b.size() ? a : b);
        if (!before.equals(columns) && narrower == null) {
            narrower = place + " has fewer columns than another row of " + table;
        }
        for (JsonNode value : data) {
            nullSeen |= value.isNull();
        }
    }

    private void lookAtBeforeImage(JsonNode record, String place) {
        updates++;
        String told = task.setting("BeforeImageSettings.FieldName");
        for (String member : record.propertyNames()) {
            if (ENVELOPE.contains(member)) {
                continue;
            }
            beforeImages++;
            if (!"true".equals(task.setting("BeforeImageSettings.EnableBeforeImage"))) {
                differs(
                        "BeforeImageSettings.EnableBeforeImage",
                        "Updates come with before-images, and the task was said to send none.",
                        place + " has " + member,
                        "true");
            } else if (told != null && !told.equals(member)) {
                differs(
                        "BeforeImageSettings.FieldName",
                        "Before-images come under another name than the task was said to use.",
                        place + " has " + member + ", the settings say " + told,
                        told);
            }
        }
    }

    private void sumUp() {
        if (narrower != null && !nullSeen) {
            differs(
                    "KafkaSettings.IncludeNullAndEmpty",
                    "Null and empty columns are left out: a column that became null is not seen to"
                            + " have changed.",
                    narrower,
                    "true");
        }
        if (updates >= ENOUGH
                && beforeImages == 0
                && "true".equals(task.setting("BeforeImageSettings.EnableBeforeImage"))) {
            differs(
                    "BeforeImageSettings.EnableBeforeImage",
                    "Updates come without before-images, and the task was said to send them.",
                    "none of " + updates + " updates has one",
                    "true");
        }
    }

    private void differs(String setting, String message, String evidence, String wanted) {
        findings.putIfAbsent(
                setting,
                Code.DMS_RECORDS.warning(
                        setting,
                        message,
                        evidence,
                        "Set it to "
                                + wanted
                                + " and restart the task's endpoint, or show the doctor the"
                                + " settings that the task has now."));
    }
}
