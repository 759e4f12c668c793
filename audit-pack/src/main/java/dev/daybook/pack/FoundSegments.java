package dev.daybook.pack;

import dev.daybook.evidence.FoundKeys;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Segment;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the segments of rows that were stored before anything was sealed and sealed as they were
 * found: such a row has neither a place nor a seed of its own.
 */
final class FoundSegments {

    private static final int MOST_FILES = 16;

    private final SealedLog log;
    private final Map<Integer, List<Listed>> lists = new HashMap<>();
    private final Map<String, Keys> files =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Keys> eldest) {
                    return size() > MOST_FILES;
                }
            };

    /** A segment's file, and from when to when its rows are. */
    private record Listed(long from, long to, String file) {}

    /** What is kept beside a segment, and the offset of each row. */
    private record Keys(FoundKeys keys, Map<Long, Long> offsets) {}

    /** Where a row is sealed. */
    record Placed(byte[] header, long place, byte[] seed) {}

    FoundSegments(SealedLog log) {
        this.log = log;
    }

    /** Returns the table of a row, as {@link FoundKeys} numbers it. */
    static int table(StoredRow row) {
        return switch (row.content()) {
            case StoredRow.Entry entry -> 0;
            case StoredRow.Context context -> 1;
            case StoredRow.Rejected rejected -> 2;
        };
    }

    /** Returns where a row is sealed; null if it is not. */
    @Nullable Placed place(StoredRow row) throws IOException {
        return switch (row.content()) {
            case StoredRow.Entry(var entry) -> place(0, entry.committedAt(), entry.id().toString());
            case StoredRow.Context(var context) ->
                    place(
                            1,
                            context.committedAt(),
                            context.source() + " " + context.transactionId());
            case StoredRow.Rejected(var rejected) ->
                    place(2, rejected.rejectedAt(), rejected.id().toString());
        };
    }

    /**
     * Returns where a row is sealed; null if it is not.
     *
     * @param at its time, in microseconds since 1970
     * @param name its id, or its source and number
     */
    @Nullable Placed place(int table, long at, String name) throws IOException {
        for (Listed listed : list(table)) {
            if (listed.from <= at && at <= listed.to) {
                Keys keys = keys(listed.file);
                if (keys != null) {
                    Long offset = keys.offsets.get(FoundKeys.row(keys.keys.key(), at, name));
                    if (offset != null) {
                        return new Placed(
                                keys.keys.header(),
                                Place.of(FoundKeys.stream(table), offset),
                                keys.keys.seed(offset));
                    }
                }
            }
        }
        return null;
    }

    private List<Listed> list(int table) throws IOException {
        List<Listed> known = lists.get(table);
        if (known != null) {
            return known;
        }
        List<Listed> read = new ArrayList<>();
        byte[] file = log.note(FoundKeys.list(table));
        if (file != null) {
            for (String line : new String(file, StandardCharsets.UTF_8).lines().toList()) {
                String[] words = line.split(" ");
                read.add(new Listed(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]));
            }
        }
        lists.put(table, read);
        return read;
    }

    private @Nullable Keys keys(String file) throws IOException {
        Keys known = files.get(file);
        if (known == null) {
            byte[] bytes = log.note(file);
            if (bytes == null) {
                return null;
            }
            try {
                FoundKeys keys = FoundKeys.parse(bytes);
                known = new Keys(keys, keys.offsets());
            } catch (InvalidEvidenceException e) {
                return null;
            }
            files.put(file, known);
        }
        return known;
    }

    /** Returns from when to when the rows of such a segment are. */
    static Segment.Found times(Segment segment) {
        Segment.Account account = segment.account();
        Segment.Found found = account == null ? null : account.found();
        if (found == null) {
            throw new IllegalArgumentException(segment.inWords() + " was not sealed as found.");
        }
        return found;
    }
}
