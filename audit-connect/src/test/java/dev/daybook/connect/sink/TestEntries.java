package dev.daybook.connect.sink;

import dev.daybook.contract.WireTime;

import java.time.Instant;
import java.util.UUID;

/** Makes entries for tests, with ids that hold their commit time. */
final class TestEntries {

    private static final String TIME = "2026-11-22T09:30:00.120001Z";

    private TestEntries() {}

    static String entry(long number) {
        return entry(number, TIME);
    }

    static String entry(long number, String committedAt) {
        return """
        {"id":"%s","committed_at":"%s","source":"shop","table_name":"public.t",\
        "operation":"insert","sequence":%d}\
        """
                .formatted(id(number, committedAt), committedAt, number);
    }

    /** Returns an id of that time; number tells it from others of the time. */
    static UUID id(long number, String committedAt) {
        long micros = WireTime.micros(Instant.parse(committedAt));
        return new UUID(
                Math.floorDiv(micros, 1_000) << 16 | 0x8000L | Math.floorMod(micros, 1_000),
                0x8000_0000_0000_0000L | number);
    }
}
