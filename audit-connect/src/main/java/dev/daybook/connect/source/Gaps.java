package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceGaps.Gap;
import dev.daybook.contract.Lsn;

import java.sql.SQLException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Hands the gaps that are noted in the source to the stream of records, and notes those that Kafka
 * has. They are found on the watcher's thread and written on the poll's.
 */
final class Gaps {

    private final Queue<Gap> found = new ConcurrentLinkedQueue<>();

    /** What was found and is not known to be in Kafka, with the chunk that it is written in. */
    private final Map<Gap, Chunk> open = new ConcurrentHashMap<>();

    /** Looks for gaps that were not written yet, and notes those that Kafka has by now. */
    void look(SourceGaps source) throws SQLException {
        for (Map.Entry<Gap, Chunk> entry : open.entrySet()) {
            if (entry.getValue().isWritten()) {
                source.sent(entry.getKey());
                open.remove(entry.getKey());
            }
        }
        source.end();
        find(source);
    }

    /** Looks for gaps that were not written yet; on either thread. */
    void find(SourceGaps source) throws SQLException {
        for (Gap gap : source.unsent()) {
            if (open.putIfAbsent(gap, new Chunk()) == null) {
                found.add(gap);
            }
        }
    }

    /** Writes what was found: it goes before the next heartbeat, which may pass it. */
    void write(ControlWriter writer, RecordBatch batch) {
        for (Gap gap = found.poll(); gap != null; gap = found.poll()) {
            Chunk chunk = open.get(gap);
            if (chunk != null) {
                RecordBatch own = batch.of(chunk);
                writer.gap(own, gap);
                chunk.close(Lsn.NONE, Long.MIN_VALUE);
                batch.addAll(own);
            }
        }
    }
}
