package dev.daybook.contract;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes texts into ids. */
final class ContractHash {

    private static final ThreadLocal<MessageDigest> SHA_256 =
            ThreadLocal.withInitial(ContractHash::newDigest);

    private ContractHash() {}

    /** Returns this thread's SHA-256, reset. */
    static MessageDigest sha256() {
        MessageDigest digest = SHA_256.get();
        digest.reset();
        return digest;
    }

    /**
     * Adds a text with its length, so that no two lists of texts look the same; null is not empty.
     */
    static void add(MessageDigest digest, @Nullable String text) {
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

    /** Sets the variant of RFC 9562 in the low half of an id. */
    static long variant(long hash) {
        return hash >>> 2 | 0x8000_0000_0000_0000L;
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
