package dev.daybook.ingest.debezium;

import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads each schema once: every record carries its own, and it is mostly the one before. Not for
 * several threads.
 */
final class SchemaCache {

    /** Bounds the memory that schemas of no table could fill. */
    private static final int CAPACITY = 1_000;

    private final Map<String, Known> lastOfTopic = new HashMap<>();
    private final Map<ByteBuffer, Known> known = new HashMap<>();
    private final JsonScanner reader = new JsonScanner(new TextCache());

    private record Known(byte[] bytes, ConnectSchema schema) {}

    /** Returns the schema that stands here; null if a null does. */
    @Nullable ConnectSchema read(String topic, byte[] record, JsonScanner scanner)
            throws JsonProblem {
        Known last = lastOfTopic.get(topic);
        if (last != null && scanner.skipSame(last.bytes())) {
            return last.schema();
        }
        if (scanner.readNull()) {
            return null;
        }
        scanner.peek();
        int from = scanner.position();
        scanner.skipValue();
        int to = scanner.position();
        Known found = known.get(ByteBuffer.wrap(record, from, to - from));
        if (found == null) {
            reader.reset(record, from, to);
            found = new Known(Arrays.copyOfRange(record, from, to), ConnectSchema.read(reader));
            if (known.size() >= CAPACITY) {
                known.clear();
                lastOfTopic.clear();
            }
            known.put(ByteBuffer.wrap(found.bytes()), found);
        }
        lastOfTopic.put(topic, found);
        return found.schema();
    }
}
