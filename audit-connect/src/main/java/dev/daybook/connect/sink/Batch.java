package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rows of what a poll brought, and the moves of offsets that go with them. */
final class Batch {

    final List<Row> rows;
    final Map<TopicPartition, Portion.Move> moves = new HashMap<>();
    final List<Stretch> stretches = new ArrayList<>();

    /** How many records became rejected rows, those of the topic of rejected records aside. */
    int unreadable;

    /** Offsets of a partition in which nothing is lost, and which one segment can account for. */
    record Stretch(TopicPartition partition, long first, long next) {}

    Batch(int size) {
        rows = new ArrayList<>(size + 1);
    }

    /** Adds the records of one partition, in their order. */
    void add(
            TopicPartition partition,
            List<SinkRecord> records,
            Positions positions,
            RowReader reader,
            GapFinder gaps) {
        long from = positions.next(partition);
        long next = from;
        long first = from > 0 ? from : records.get(0).originalKafkaOffset();
        AccountSize account = new AccountSize();
        // Where none is stored, or an operator has set the beginning, nothing was to be read next.
        long end = records.get(records.size() - 1).originalKafkaOffset() + 1;
        for (SinkRecord record : records) {
            long offset = record.originalKafkaOffset();
            if (offset != next && next > 0) {
                Row.Gap gap = gaps.before(record, partition, next, end);
                if (gap != null) {
                    rows.add(gap);
                    if (record != records.get(0)) {
                        stretches.add(new Stretch(partition, first, next));
                    }
                    first = offset;
                    account = new AccountSize();
                    account.add(gap);
                }
            }
            Row row = reader.read(record);
            if (row != null && !account.add(row)) {
                stretches.add(new Stretch(partition, first, offset));
                first = offset;
                account = new AccountSize();
                account.add(row);
            }
            next = offset + 1;
            if (row == null) {
                continue;
            }
            if (row instanceof Row.Rejected && !reader.isRejectedTopic(record.originalTopic())) {
                unreadable++;
            }
            rows.add(row);
        }
        stretches.add(new Stretch(partition, first, next));
        moves.put(partition, new Portion.Move(from, next));
    }

    /** Returns a poll's records by partition, each partition's in their order. */
    static Map<TopicPartition, List<SinkRecord>> byPartition(Collection<SinkRecord> records) {
        Map<TopicPartition, List<SinkRecord>> partitions = new HashMap<>();
        TopicPartition partition = null;
        List<SinkRecord> of = new ArrayList<>();
        for (SinkRecord record : records) {
            if (partition == null
                    || partition.partition() != record.originalKafkaPartition()
                    || !partition.topic().equals(record.originalTopic())) {
                partition =
                        new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
                of = partitions.computeIfAbsent(partition, p -> new ArrayList<>());
            }
            of.add(record);
        }
        return partitions;
    }
}
