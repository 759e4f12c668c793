package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Reads and sets a sink's offsets in {@code audit.sink_offset}. */
final class StoredOffsets {

    private static final String READ =
            "SELECT topic, partition, next_offset FROM audit.sink_offset WHERE sink = ?";

    private static final String SET =
            """
            INSERT INTO audit.sink_offset (sink, topic, partition, next_offset) VALUES (?, ?, ?, ?)
            ON CONFLICT (sink, topic, partition) DO UPDATE SET next_offset = excluded.next_offset""";

    private final AuditConnection connection;
    private final String sink;

    StoredOffsets(AuditConnection connection, String sink) {
        this.connection = connection;
        this.sink = sink;
    }

    /** Returns the stored offsets of those partitions that have one. */
    Map<TopicPartition, Long> of(Collection<TopicPartition> partitions) throws SQLException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        PreparedStatement query = connection.prepared(READ);
        query.setString(1, sink);
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                TopicPartition partition = new TopicPartition(rows.getString(1), rows.getInt(2));
                if (partitions.contains(partition)) {
                    offsets.put(partition, rows.getLong(3));
                }
            }
        }
        return offsets;
    }

    /** Sets offsets, whatever they were; null is the beginning of the partition. */
    void set(Map<TopicPartition, @Nullable Long> offsets) throws SQLException {
        try (PreparedStatement upsert = connection.open().prepareStatement(SET)) {
            for (Map.Entry<TopicPartition, @Nullable Long> offset : offsets.entrySet()) {
                Long next = offset.getValue();
                upsert.setString(1, sink);
                upsert.setString(2, offset.getKey().topic());
                upsert.setInt(3, offset.getKey().partition());
                upsert.setLong(4, next == null ? 0 : next);
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }
}
