package dev.daybook.ingest.topology;

import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads headers that hold a JSON array of column names. There are as many of them as tables, so
 * what was read once is remembered. Not for several threads.
 */
final class HeaderNames {

    /**
     * Far more than tables; beyond, somebody sends nonsense, and remembering it would fill the
     * heap.
     */
    private static final int MOST = 10_000;

    private final Map<String, List<String>> known = new HashMap<>();
    private final JsonScanner scanner = new JsonScanner(new TextCache());

    List<String> read(byte[] header) throws JsonProblem {
        // One char for each byte: a faithful key, whatever the bytes are.
        String text = new String(header, StandardCharsets.ISO_8859_1);
        List<String> names = known.get(text);
        if (names == null) {
            names = parse(header);
            if (known.size() >= MOST) {
                known.clear();
            }
            known.put(text, names);
        }
        return names;
    }

    private List<String> parse(byte[] header) throws JsonProblem {
        List<String> names = new ArrayList<>();
        scanner.reset(header);
        scanner.beginArray();
        while (scanner.nextElement()) {
            names.add(scanner.readString());
        }
        scanner.expectEnd();
        return List.copyOf(names);
    }
}
