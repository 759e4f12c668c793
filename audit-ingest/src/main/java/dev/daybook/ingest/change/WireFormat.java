package dev.daybook.ingest.change;

import dev.daybook.contract.RecordMember;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;

/** The formats in which a source's changes may come. */
public enum WireFormat {
    /** DMS's, and that of the WAL source connector. */
    DMS("dms", "DMS"),

    /** That of Debezium's connector for PostgreSQL. */
    DEBEZIUM("debezium", "Debezium");

    private final String word;
    private final String title;

    WireFormat(String word, String title) {
        this.word = word;
        this.title = title;
    }

    /** Returns the format's word in the settings. */
    public String word() {
        return word;
    }

    /** Returns who writes the format. */
    public String title() {
        return title;
    }

    /**
     * Returns the format that a record looks like, by the names of its members, or null if it looks
     * like none. Not for the hot path: it is asked for records that could not be read.
     */
    public static @Nullable WireFormat of(byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        Set<String> members = new HashSet<>();
        JsonScanner scanner = new JsonScanner(new TextCache());
        try {
            scanner.reset(value);
            scanner.beginObject();
            for (String member = scanner.nextMember();
                    member != null;
                    member = scanner.nextMember()) {
                members.add(member);
                scanner.skipValue();
            }
        } catch (JsonProblem notAnObject) {
            return null;
        }
        if (members.contains(RecordMember.Change.METADATA)
                && (members.contains(RecordMember.Change.DATA)
                        || members.contains(RecordMember.Change.CONTROL))) {
            return DMS;
        }
        boolean envelope = members.contains("op") && members.contains("source");
        boolean withSchema = members.equals(Set.of("schema", "payload"));
        boolean transaction =
                members.contains("status")
                        && members.contains("event_count")
                        && members.contains("data_collections");
        boolean heartbeat = members.equals(Set.of("ts_ms"));
        return envelope || withSchema || transaction || heartbeat ? DEBEZIUM : null;
    }
}
