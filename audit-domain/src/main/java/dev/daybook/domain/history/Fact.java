package dev.daybook.domain.history;

import dev.daybook.domain.AuditEntry;

import java.time.Instant;
import java.util.UUID;

/**
 * A known value of a column, and the entry that says so.
 *
 * @param token the raw JSON token
 * @param entry the entry that carried the value
 * @param committedAt that entry's commit time
 * @param origin how it is known
 */
public record Fact(String token, UUID entry, Instant committedAt, Origin origin) {

    static Fact of(String token, AuditEntry entry, Origin origin) {
        return new Fact(token, entry.id(), entry.committedAt(), origin);
    }

    /** Returns the same value, after an entry that did not carry the column. */
    Fact carried() {
        return origin == Origin.CARRIED
                ? this
                : new Fact(token, entry, committedAt, Origin.CARRIED);
    }

    /** How a value is known. */
    public enum Origin {
        /** The row's latest entry carried it. */
        RECORD,
        /** The row's latest entry left the column out, but had it in its before-image. */
        BEFORE_IMAGE,
        /** An earlier entry carried it, and those since left the column out as unchanged. */
        CARRIED
    }
}
