package dev.daybook.domain;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;

/**
 * An entry's identity, computed from the change itself: the same change, delivered twice, has the
 * same id and is stored once.
 *
 * <p>The layout is a version 8 UUID (RFC 9562, 5.8): 48 bits of milliseconds since 1970, 12 bits of
 * which the low ten are the microseconds within the millisecond, 62 bits of SHA-256 over what
 * identifies the change. Ids therefore sort by commit time, and {@link #committedAt} gets it back.
 */
public final class EntryId {

    private static final ThreadLocal<MessageDigest> SHA_256 =
            ThreadLocal.withInitial(EntryId::sha256);

    private EntryId() {}

    /**
     * The identity of a change. It depends on nothing that is looked up, such as the table's key,
     * or the same change would become two entries when what is known of its table changes.
     */
    public static UUID of(ChangeEvent change) {
        MessageDigest digest = SHA_256.get();
        digest.reset();
        add(digest, change.source());
        add(digest, change.table().schema());
        add(digest, change.table().name());
        add(digest, change.operation().word());
        add(digest, change.position());
        add(digest, change.transactionId() == null ? null : Long.toString(change.transactionId()));
        // An unnumbered change's sequence is the offset at which it happens to stand.
        String discriminator = change.discriminator();
        add(digest, discriminator == null ? Long.toString(change.sequence()) : null);
        add(digest, discriminator);
        long hash = ByteBuffer.wrap(digest.digest()).getLong();

        Instant at = change.committedAt();
        long micros = at.getNano() / 1_000 % 1_000;
        long high = at.toEpochMilli() << 16 | 0x8000L | micros;
        long low = hash >>> 2 | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** The commit time within an id, to the microsecond; null if the id is not an entry's. */
    public static @Nullable Instant committedAt(UUID id) {
        if (id.version() != 8 || id.variant() != 2) {
            return null;
        }
        long high = id.getMostSignificantBits();
        long micros = high & 0xFFF;
        return micros > 999 ? null : Instant.ofEpochMilli(high >> 16).plusNanos(micros * 1_000);
    }

    /**
     * Adds a text with its length, so that no two lists of texts look the same; null is not empty.
     */
    private static void add(MessageDigest digest, @Nullable String text) {
        byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        int length = bytes == null ? -1 : bytes.length;
        digest.update((byte) (length >>> 24));
        digest.update((byte) (length >>> 16));
        digest.update((byte) (length >>> 8));
        digest.update((byte) length);
        if (bytes != null) {
            digest.update(bytes);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
