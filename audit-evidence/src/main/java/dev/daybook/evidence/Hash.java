package dev.daybook.evidence;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Holds a SHA-256 value, and makes those of a tree after RFC 6962, section 2.1. */
public final class Hash {

    /** The bytes of a hash. */
    public static final int LENGTH = 32;

    /** The root of a tree without leaves. */
    public static final Hash OF_NOTHING = new Hash(newDigest().digest());

    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private static final ThreadLocal<MessageDigest> SHA_256 =
            ThreadLocal.withInitial(Hash::newDigest);

    private final byte[] bytes;

    private Hash(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the hash that these bytes are. */
    public static Hash of(byte[] bytes) {
        return of(bytes, 0);
    }

    /** Returns the hash that stands in an array from a place on. */
    public static Hash of(byte[] array, int from) {
        if (array.length - from < LENGTH) {
            throw new InvalidEvidenceException(
                    "A hash has 32 bytes, here are " + (array.length - from) + ".");
        }
        return new Hash(Arrays.copyOfRange(array, from, from + LENGTH));
    }

    /** Returns the hash that a text in Base64 is. */
    public static Hash ofText(String base64) {
        byte[] bytes = Base64Text.decode(base64);
        if (bytes.length != LENGTH) {
            throw new InvalidEvidenceException(
                    "A hash has 32 bytes, " + base64 + " has " + bytes.length + ".");
        }
        return new Hash(bytes);
    }

    /** Returns the hash of a leaf's data. */
    public static Hash ofLeaf(byte[] data) {
        return ofLeaf(data, data.length);
    }

    /** Returns the hash of a leaf's data, which is the first bytes of an array. */
    static Hash ofLeaf(byte[] array, int length) {
        MessageDigest digest = sha256();
        digest.update(LEAF);
        digest.update(array, 0, length);
        return new Hash(digest.digest());
    }

    /** Returns the hash of a node. */
    public static Hash ofNode(Hash left, Hash right) {
        MessageDigest digest = sha256();
        digest.update(NODE);
        digest.update(left.bytes);
        return new Hash(digest.digest(right.bytes));
    }

    /** Returns the hash over offsets, eight bytes each. */
    public static Hash ofOffsets(List<Long> offsets) {
        MessageDigest digest = sha256();
        byte[] bytes = new byte[8];
        for (long offset : offsets) {
            digest.update(ByteBuffer.wrap(bytes).putLong(offset).array());
        }
        return new Hash(digest.digest());
    }

    /** Returns this thread's SHA-256, reset. */
    static MessageDigest sha256() {
        MessageDigest digest = SHA_256.get();
        digest.reset();
        return digest;
    }

    /** Returns a copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Writes the bytes into an array from a place on. */
    public void copyTo(byte[] array, int from) {
        System.arraycopy(bytes, 0, array, from, LENGTH);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Hash hash && MessageDigest.isEqual(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Returns the hash in Base64. */
    @Override
    public String toString() {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
