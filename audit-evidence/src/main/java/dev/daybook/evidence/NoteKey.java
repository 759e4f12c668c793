package dev.daybook.evidence;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Checks an Ed25519 signature under a note (C2SP signed-note, type 0x01), by a key that has a name.
 */
public final class NoteKey {

    static final byte ED25519 = 1;

    /** What stands before the 32 bytes of a key in its X.509 form. */
    private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

    private final String name;
    private final byte[] encoded;
    private final PublicKey key;

    private NoteKey(String name, byte[] encoded) {
        if (!isName(name)) {
            throw new InvalidEvidenceException(
                    "A key's name must be a word without spaces and plus signs, not '"
                            + name
                            + "'.");
        }
        this.name = name;
        this.encoded = encoded;
        try {
            this.key =
                    KeyFactory.getInstance("Ed25519")
                            .generatePublic(new X509EncodedKeySpec(join(X509, encoded)));
        } catch (GeneralSecurityException e) {
            throw new InvalidEvidenceException(
                    "The key of " + name + " is not one of Ed25519: " + e.getMessage());
        }
    }

    /**
     * Returns the key of that name.
     *
     * @param encoded its 32 bytes, as RFC 8032 has them
     */
    static NoteKey of(String name, byte[] encoded) {
        return new NoteKey(name, encoded.clone());
    }

    /**
     * Reads a verifier key: name, id in hexadecimal and type with key in Base64, with plus signs
     * between.
     */
    public static NoteKey parse(String text) {
        String[] parts = text.split("\\+", 3);
        if (parts.length != 3) {
            throw new InvalidEvidenceException(
                    text + " is not a verifier key: it has not three parts.");
        }
        byte[] typed = Base64Text.decode(parts[2]);
        if (typed.length != 33 || typed[0] != ED25519) {
            throw new InvalidEvidenceException(text + " is not a verifier key of Ed25519.");
        }
        NoteKey key = new NoteKey(parts[0], Arrays.copyOfRange(typed, 1, 33));
        if (!HexFormat.of().formatHex(key.id()).equals(parts[1])) {
            throw new InvalidEvidenceException(text + " does not have the id of its name and key.");
        }
        return key;
    }

    public String name() {
        return name;
    }

    /** Returns the four bytes that a signature line begins with. */
    byte[] id() {
        return idOf(name, ED25519, encoded);
    }

    private static byte[] idOf(String name, byte type, byte[] key) {
        var digest = Hash.sha256();
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
        digest.update(type);
        return Arrays.copyOf(digest.digest(key), 4);
    }

    boolean verifies(byte[] text, byte[] signature) {
        try {
            Signature check = Signature.getInstance("Ed25519");
            check.initVerify(key);
            check.update(text);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.codePoints()
                        .noneMatch(
                                c ->
                                        c == '+'
                                                || c < ' '
                                                || Character.isWhitespace(c)
                                                || Character.isSpaceChar(c));
    }

    static byte[] join(byte[] first, byte[] second) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(first.length + second.length);
        all.writeBytes(first);
        all.writeBytes(second);
        return all.toByteArray();
    }

    /** Returns the verifier key as a text. */
    @Override
    public String toString() {
        return name
                + "+"
                + HexFormat.of().formatHex(id())
                + "+"
                + Base64.getEncoder().encodeToString(join(new byte[] {ED25519}, encoded));
    }
}
