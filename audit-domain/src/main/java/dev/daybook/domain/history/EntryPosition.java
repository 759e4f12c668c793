package dev.daybook.domain.history;

import dev.daybook.domain.AuditEntry;

import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;

/**
 * An entry's place in the order of history: by commit time, then by its sequence within it, then by
 * id.
 *
 * <p>Ids compare as PostgreSQL compares them, as unsigned bytes; {@link UUID#compareTo} does not.
 */
public record EntryPosition(Instant committedAt, long sequence, UUID id)
        implements Comparable<EntryPosition> {

    private static final UUID LAST_ID = new UUID(-1L, -1L);

    private static final Comparator<EntryPosition> ORDER =
            Comparator.comparing(EntryPosition::committedAt)
                    .thenComparingLong(EntryPosition::sequence)
                    .thenComparing(EntryPosition::id, EntryPosition::compareIds);

    /** Returns the place of an entry. */
    public static EntryPosition of(AuditEntry entry) {
        return new EntryPosition(entry.committedAt(), entry.sequence(), entry.id());
    }

    /** Returns a place after everything that committed at that instant or before. */
    public static EntryPosition afterAllAt(Instant instant) {
        return new EntryPosition(instant, Long.MAX_VALUE, LAST_ID);
    }

    /** Returns a place before everything that committed at that instant or later. */
    public static EntryPosition beforeAllAt(Instant instant) {
        return new EntryPosition(instant, Long.MIN_VALUE, new UUID(0, 0));
    }

    /** Returns whether this place is older than the other. */
    public boolean isBefore(EntryPosition other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(EntryPosition other) {
        return ORDER.compare(this, other);
    }

    /** Compares ids as unsigned bytes, as PostgreSQL does. */
    public static int compareIds(UUID left, UUID right) {
        int high =
                Long.compareUnsigned(left.getMostSignificantBits(), right.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(
                        left.getLeastSignificantBits(), right.getLeastSignificantBits());
    }
}
