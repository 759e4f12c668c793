package dev.daybook.ingest.dms;

import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads headers that hold a JSON array of column names, each of them once: there are as many as
 * tables. Not for several threads.
 */
final class HeaderNames {

    /** Bounds the memory that headers of no table could fill. */
    private static final int CAPACITY = 10_000;

    private final Map<String, List<String>> known = new HashMap<>();
    private final JsonScanner scanner = new JsonScanner(new TextCache());

    List<String> read(byte[] header) throws JsonProblem {
        // ISO 8859-1 keeps every byte apart.
        String text = new String(header, StandardCharsets.ISO_8859_1);
        List<String> names = known.get(text);
        if (names == null) {
            names = parse(header);
            if (known.size() >= CAPACITY) {
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
