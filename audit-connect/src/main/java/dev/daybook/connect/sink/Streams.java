package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Knows the stream of each partition. A stream's segments follow each other without a hole; where
 * the next offset is another than its end, because records were lost, offsets were set back or the
 * topic was made anew, another begins.
 */
final class Streams {

    private static final String READ =
            """
            SELECT DISTINCT ON (topic, partition) topic, partition, number, generation, coalesce(
              (SELECT next_offset FROM audit.segment WHERE segment.stream = stream.number
                ORDER BY first_offset DESC LIMIT 1), first_offset)
            FROM audit.stream WHERE sink = ?
            -- One that a task began that stored nothing in it says nothing.
            ORDER BY topic, partition, EXISTS (SELECT FROM audit.segment WHERE segment.stream = stream.number) DESC,
              generation DESC""";

    private static final String BEGIN =
            "SELECT number, generation FROM audit.begin_stream(?, ?, ?, ?)";

    /**
     * @param next the offset behind its last segment
     */
    record Stream(int number, int generation, long next) {}

    private final AuditConnection connection;
    private final String sink;
    private final Map<TopicPartition, Stream> streams = new HashMap<>();

    Streams(AuditConnection connection, String sink) {
        this.connection = connection;
        this.sink = sink;
    }

    /** Forgets streams, which another task may have gone on with. */
    void forget(Collection<TopicPartition> partitions) {
        streams.keySet().removeAll(partitions);
    }

    /** Forgets all streams: how far they go is not known. */
    void forgetAll() {
        streams.clear();
    }

    /** Returns where the segments of a partition end; empty if it has none. */
    OptionalLong end(TopicPartition partition) throws SQLException {
        if (!streams.containsKey(partition)) {
            read();
        }
        Stream stream = streams.get(partition);
        return stream == null ? OptionalLong.empty() : OptionalLong.of(stream.next);
    }

    /** Returns the stream whose next segment begins there. */
    Stream at(TopicPartition partition, long first) throws SQLException {
        if (!streams.containsKey(partition)) {
            read();
        }
        Stream stream = streams.get(partition);
        if (stream == null || stream.next != first) {
            stream = begin(partition, first);
            streams.put(partition, stream);
        }
        return stream;
    }

    /** Notes that a segment is stored. */
    void stored(TopicPartition partition, Stream stream, long next) {
        streams.put(partition, new Stream(stream.number, stream.generation, next));
    }

    private void read() throws SQLException {
        PreparedStatement query = connection.prepared(READ);
        query.setString(1, sink);
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                streams.putIfAbsent(
                        new TopicPartition(rows.getString(1), rows.getInt(2)),
                        new Stream(rows.getInt(3), rows.getInt(4), rows.getLong(5)));
            }
        }
    }

    private Stream begin(TopicPartition partition, long first) throws SQLException {
        PreparedStatement call = connection.prepared(BEGIN);
        call.setString(1, sink);
        call.setString(2, partition.topic());
        call.setInt(3, partition.partition());
        call.setLong(4, first);
        try (ResultSet row = call.executeQuery()) {
            row.next();
            return new Stream(row.getInt(1), row.getInt(2), first);
        }
    }
}
