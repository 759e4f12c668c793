package dev.daybook.contract;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.UUID;

/**
 * Computes an entry's identity from the change itself: the same change, delivered twice, has the
 * same id and is stored once.
 *
 * <p>The layout is a version 8 UUID (RFC 9562, 5.8): 48 bits of milliseconds since 1970, 12 bits of
 * which the low ten are the microseconds within the millisecond, 62 bits of SHA-256 over what
 * identifies the change. Ids therefore sort by commit time, and {@link #committedAt} gets it back.
 *
 * <p>Hashed are, in this order and each as four bytes of length (big-endian; -1 for null) and its
 * UTF-8: source, schema, table, operation's word, position, transaction id, sequence,
 * discriminator. The sequence is null where there is a discriminator.
 */
public final class EntryId {

    private EntryId() {}

    /**
     * Returns the identity of a change. It depends on nothing that is looked up, such as the
     * table's key, or the same change would become two entries when what is known of its table
     * changes.
     *
     * @param committedAt the commit time, of which microseconds count
     * @param position the capture's position text, or null
     * @param transactionId the source's transaction number, or null
     * @param sequence the record's number within its transaction; not used where a discriminator
     *     tells the change from others, because it may then be the offset at which it stands
     * @param discriminator what tells an unnumbered change from others, or null
     */
    public static UUID of(
            String source,
            TableName table,
            Operation operation,
            Instant committedAt,
            @Nullable String position,
            @Nullable Long transactionId,
            long sequence,
            @Nullable String discriminator) {
        MessageDigest digest = ContractHash.sha256();
        ContractHash.add(digest, source);
        ContractHash.add(digest, table.schema());
        ContractHash.add(digest, table.name());
        ContractHash.add(digest, operation.word());
        ContractHash.add(digest, position);
        ContractHash.add(digest, transactionId == null ? null : Long.toString(transactionId));
        ContractHash.add(digest, discriminator == null ? Long.toString(sequence) : null);
        ContractHash.add(digest, discriminator);
        long hash = ByteBuffer.wrap(digest.digest()).getLong();

        long micros = committedAt.getNano() / 1_000 % 1_000;
        long high = committedAt.toEpochMilli() << 16 | 0x8000L | micros;
        return new UUID(high, ContractHash.variant(hash));
    }

    /**
     * Returns the commit time within an id, to the microsecond; null if the id is not an entry's.
     */
    public static @Nullable Instant committedAt(UUID id) {
        if (id.version() != 8 || id.variant() != 2) {
            return null;
        }
        long high = id.getMostSignificantBits();
        long micros = high & 0xFFF;
        return micros > 999 ? null : Instant.ofEpochMilli(high >> 16).plusNanos(micros * 1_000);
    }

    /**
     * Returns whether an id is an entry's that was committed then.
     *
     * @param micros microseconds since 1970
     */
    public static boolean holds(UUID id, long micros) {
        long high = id.getMostSignificantBits();
        return id.version() == 8
                && id.variant() == 2
                && high >> 16 == Math.floorDiv(micros, 1_000L)
                && (high & 0xFFF) == Math.floorMod(micros, 1_000L);
    }
}
