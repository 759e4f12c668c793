package dev.daybook.connect.sink;

import dev.daybook.evidence.Place;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.connect.sink.SinkRecord;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A batch whose rows have places and seeds, and whose segments are told to the sealer before it
 * commits.
 */
final class SealedBatch implements Places {

    private static final String INSERT =
            "INSERT INTO audit.segment (stream, part, first_offset, next_offset, content) VALUES (?, ?, ?, ?, ?)";

    private static final long ACKNOWLEDGE_SECONDS = 30;

    /**
     * Offsets of a partition that follow each other, their stream, and what became of their
     * records.
     */
    static final class Stretch {
        final Batch.Stretch offsets;
        final Streams.Stream stream;
        final List<Row> delivered = new ArrayList<>();
        final List<Row> stored = new ArrayList<>();

        Stretch(Batch.Stretch offsets, Streams.Stream stream) {
            this.offsets = offsets;
            this.stream = stream;
        }

        long placeOf(Row row) {
            return Place.of(stream.number(), row.record().originalKafkaOffset());
        }

        private boolean has(SinkRecord record) {
            return record.originalKafkaOffset() >= offsets.first()
                    && record.originalKafkaOffset() < offsets.next()
                    && record.originalKafkaPartition() == offsets.partition().partition()
                    && record.originalTopic().equals(offsets.partition().topic());
        }
    }

    private final List<Stretch> stretches;
    private Stretch last;
    private final SegmentMaker maker;
    private final SegmentTopic topic;
    private final AuditConnection connection;
    private final Seeds seeds = new Seeds();
    private final List<Future<?>> sent = new ArrayList<>();
    private final List<SegmentRecord> records = new ArrayList<>();

    SealedBatch(
            List<Stretch> stretches,
            SegmentMaker maker,
            SegmentTopic topic,
            AuditConnection connection) {
        this.stretches = stretches;
        this.last = stretches.get(0);
        this.maker = maker;
        this.topic = topic;
        this.connection = connection;
    }

    @Override
    public Long placeOf(Row row) {
        return stretchOf(row).placeOf(row);
    }

    @Override
    public byte[] seedOf(Row row) {
        return seeds.at(stretchOf(row).placeOf(row));
    }

    private Stretch stretchOf(Row row) {
        if (last.has(row.record())) {
            return last;
        }
        for (Stretch stretch : stretches) {
            if (stretch.has(row.record())) {
                last = stretch;
                return stretch;
            }
        }
        throw new IllegalStateException("The batch does not have the record of a row.");
    }

    /**
     * Tells the sealer what is stored, without waiting until it is told.
     *
     * @param stored the rows that the database takes, or has taken, as new
     * @param delivered every row of the batch
     */
    void publish(List<Row> stored, List<Row> delivered) throws SQLException {
        for (Stretch stretch : stretches) {
            stretch.delivered.clear();
            stretch.stored.clear();
        }
        for (Row row : delivered) {
            stretchOf(row).delivered.add(row);
        }
        for (Row row : stored) {
            stretchOf(row).stored.add(row);
        }
        sent.clear();
        records.clear();
        try {
            for (Stretch stretch : stretches) {
                for (SegmentRecord record : maker.make(stretch, seeds)) {
                    sent.add(topic.send(stretch.stream.number(), record.toBytes()));
                    records.add(record);
                }
            }
        } catch (KafkaException e) {
            throw new SegmentsUnavailableException(e);
        }
    }

    /**
     * Stores the segments within the open transaction, and waits until the topic has acknowledged
     * them: it does while the database stores.
     */
    void store() throws SQLException {
        PreparedStatement insert = connection.prepared(INSERT);
        for (SegmentRecord record : records) {
            Segment segment = record.segment();
            insert.setLong(1, segment.stream());
            insert.setLong(2, segment.part());
            insert.setLong(3, segment.first());
            insert.setLong(4, segment.next());
            insert.setBytes(5, record.header());
            insert.addBatch();
        }
        insert.executeBatch();
        try {
            for (Future<?> future : sent) {
                future.get(ACKNOWLEDGE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (ExecutionException e) {
            throw new SegmentsUnavailableException(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new SegmentsUnavailableException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SegmentsUnavailableException(e);
        }
    }
}
