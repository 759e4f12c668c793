package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/**
 * A place in a list, as the caller hands it back: opaque, and good only for the search that gave
 * it.
 *
 * <p>It holds the place and a hash of the search. It is no secret and needs no signature: it can
 * name no place that a search could not.
 *
 * @param at the time of the last item
 * @param sequence its sequence where the list is ordered by one, else 0
 * @param id its id
 */
record Cursor(Instant at, long sequence, UUID id) {

    private static final byte VERSION = 1;
    private static final int SEARCH_BYTES = 8;
    private static final int LENGTH = 1 + SEARCH_BYTES + Long.BYTES * 4 + Integer.BYTES;

    /** The text of this place for a search. */
    String text(String search) {
        ByteBuffer bytes =
                ByteBuffer.allocate(LENGTH)
                        .put(VERSION)
                        .put(hash(search))
                        .putLong(at.getEpochSecond())
                        .putInt(at.getNano())
                        .putLong(sequence)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Reads a cursor that a search was given; null for null. */
    static @Nullable Cursor read(@Nullable String text, String search) {
        if (text == null) {
            return null;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            if (bytes.remaining() != LENGTH || bytes.get() != VERSION) {
                throw unreadable();
            }
            byte[] hash = new byte[SEARCH_BYTES];
            bytes.get(hash);
            if (!MessageDigest.isEqual(hash, hash(search))) {
                throw new ProblemException(
                        Problem.INVALID_CURSOR,
                        "The cursor belongs to another search: hand it back with the path and"
                                + " parameters that it came from, or leave it out to begin anew."
                                + " Only \"limit\" may differ.");
            }
            Instant at = Instant.ofEpochSecond(bytes.getLong(), bytes.getInt());
            return new Cursor(at, bytes.getLong(), new UUID(bytes.getLong(), bytes.getLong()));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw unreadable();
        }
    }

    private static ProblemException unreadable() {
        return new ProblemException(
                Problem.INVALID_CURSOR,
                "The cursor is not one that this interface gave out: hand back \"next_cursor\" of"
                        + " the page before as it is, or leave it out to begin anew.");
    }

    private static byte[] hash(String search) {
        try {
            byte[] all =
                    MessageDigest.getInstance("SHA-256")
                            .digest(search.getBytes(StandardCharsets.UTF_8));
            return java.util.Arrays.copyOf(all, SEARCH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
