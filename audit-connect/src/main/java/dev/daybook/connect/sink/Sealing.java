package dev.daybook.connect.sink;

import dev.daybook.contract.SinkSetting;

import org.apache.kafka.common.TopicPartition;

import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * Seals what a task stores: each row is hashed as Kafka brought it, the sealer is told by a topic,
 * and the same segment is stored beside the rows. Nothing commits that the topic has not
 * acknowledged.
 */
final class Sealing implements AutoCloseable {

    private final AuditConnection connection;
    private final SegmentTopic topic;
    private final Streams streams;
    private final SegmentMaker maker;
    private final GapFinder gaps;

    Sealing(SinkConfig config, AuditConnection connection, SegmentTopic topic, Clock clock) {
        this.connection = connection;
        this.topic = topic;
        this.gaps = new GapFinder(config, clock);
        this.streams = new Streams(connection, config.sinkName());
        this.maker =
                new SegmentMaker(
                        config.sinkName(), config.getList(SinkSetting.PERSONAL_COLUMNS), clock);
    }

    /** Forgets how far streams go: another task may have gone on with them. */
    void forget(Collection<TopicPartition> partitions) {
        streams.forget(partitions);
    }

    /** Forgets how far all streams go: whether the last transaction was committed is not known. */
    void forgetAll() {
        streams.forgetAll();
    }

    /**
     * Returns a batch that is to be sealed. Nothing else may be stored until it is. Offsets that
     * were passed over since the last segment are added to the batch as a gap.
     */
    SealedBatch begin(Batch batch) throws SQLException {
        List<SealedBatch.Stretch> begun = new ArrayList<>();
        for (Batch.Stretch stretch : batch.stretches) {
            OptionalLong end = streams.end(stretch.partition());
            if (end.isPresent() && end.getAsLong() < stretch.first()) {
                gaps.skipped(batch.rows, stretch, end.getAsLong());
            }
            Streams.Stream stream = streams.at(stretch.partition(), stretch.first());
            // Where one stretch of a partition follows another in a batch, a gap lies between, or
            // the
            // account of the first is full.
            streams.stored(stretch.partition(), stream, stretch.next());
            begun.add(new SealedBatch.Stretch(stretch, stream));
        }
        return new SealedBatch(begun, maker, topic, connection);
    }

    @Override
    public void close() {
        topic.close();
    }
}
