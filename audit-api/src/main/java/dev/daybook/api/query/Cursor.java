package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.EntryPosition;
import dev.daybook.domain.history.Keyset;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;

/**
 * A place in a list, as the caller hands it back: opaque, and good only for the question that gave
 * it.
 *
 * <p>Its text is base64url without padding over 45 bytes: the version (2), eight bytes of the
 * question's hash, the last item's time in microseconds since 1970, its sequence (0 where the list
 * is not ordered by one), its id, and four bytes of SHA-256 over all of that. Numbers are
 * big-endian. It is no secret: it can name no place that the question could not. The last four
 * bytes tell a cursor that was changed on the way.
 *
 * @param at the time of the last item, to the microsecond
 * @param sequence its sequence, or 0
 * @param id its id
 */
record Cursor(Instant at, long sequence, UUID id) {

    private static final byte VERSION = 2;
    private static final int CHECK_BYTES = 4;
    private static final int LENGTH = 1 + Question.HASH_BYTES + Long.BYTES * 4 + CHECK_BYTES;

    static Cursor of(EntryPosition position) {
        return new Cursor(position.committedAt(), position.sequence(), position.id());
    }

    static Cursor of(Keyset place) {
        return new Cursor(place.at(), 0, place.id());
    }

    EntryPosition position() {
        return new EntryPosition(at, sequence, id);
    }

    Keyset keyset() {
        return new Keyset(at, id);
    }

    /** Returns the text of this place in the answers to a question. */
    String text(Question question) {
        ByteBuffer bytes =
                ByteBuffer.allocate(LENGTH)
                        .put(VERSION)
                        .put(question.hash())
                        .putLong(WireTime.micros(at))
                        .putLong(sequence)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits());
        bytes.put(check(bytes.array()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /**
     * Reads a cursor that the answer to a question carried; null for null.
     *
     * @throws ProblemException if it is of another question, or was not given out
     */
    static @Nullable Cursor read(@Nullable String text, Question question) {
        if (text == null) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(decoded(text));
        if (bytes.remaining() != LENGTH
                || bytes.get() != VERSION
                || !Arrays.equals(
                        check(bytes.array()),
                        Arrays.copyOfRange(bytes.array(), LENGTH - CHECK_BYTES, LENGTH))) {
            throw unreadable();
        }
        byte[] hash = new byte[Question.HASH_BYTES];
        bytes.get(hash);
        if (!Arrays.equals(hash, question.hash())) {
            throw new ProblemException(
                    Problem.INVALID_CURSOR,
                    "The cursor belongs to another search: hand it back with the path and"
                            + " parameters that it came from, or leave it out to begin anew."
                            + " Only \"limit\" may differ.");
        }
        Instant at = Instant.EPOCH.plus(bytes.getLong(), ChronoUnit.MICROS);
        return new Cursor(at, bytes.getLong(), new UUID(bytes.getLong(), bytes.getLong()));
    }

    private static byte[] decoded(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw unreadable();
        }
    }

    private static byte[] check(byte[] cursor) {
        MessageDigest digest = Question.sha256();
        digest.update(cursor, 0, LENGTH - CHECK_BYTES);
        return Arrays.copyOf(digest.digest(), CHECK_BYTES);
    }

    private static ProblemException unreadable() {
        return new ProblemException(
                Problem.INVALID_CURSOR,
                "The cursor is not one that this interface gave out: hand back \"next_cursor\" of"
                        + " the page before as it is, or leave it out to begin anew.");
    }
}
