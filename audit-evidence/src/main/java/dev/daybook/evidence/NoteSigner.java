package dev.daybook.evidence;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Signs notes by Ed25519. Its text is a secret: Go's form of a signer's key, and the verifier key
 * behind a space.
 */
public final class NoteSigner {

    private static final String PREFIX = "PRIVATE+KEY+";

    /** What stands before the 32 bytes of a private key in its PKCS #8 form. */
    private static final byte[] PKCS8 = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private final NoteKey key;
    private final byte[] seed;
    private final PrivateKey secret;

    private NoteSigner(NoteKey key, byte[] seed) {
        this.key = key;
        this.seed = seed;
        try {
            this.secret =
                    KeyFactory.getInstance("Ed25519")
                            .generatePrivate(new PKCS8EncodedKeySpec(NoteKey.join(PKCS8, seed)));
        } catch (GeneralSecurityException e) {
            throw new InvalidEvidenceException(
                    "The signer's key of " + key.name() + " cannot be read.");
        }
    }

    /** Makes a key of that name. */
    public static NoteSigner generate(String name) {
        return generate(name, new SecureRandom());
    }

    /**
     * Returns the key of that name whose 32 secret bytes are these: the same bytes give the same
     * key.
     */
    public static NoteSigner of(String name, byte[] seed) {
        NoteSigner signer = generate(name, new Fixed(seed));
        if (!Arrays.equals(signer.seed, seed)) {
            throw new IllegalStateException("This Java platform makes keys of more than 32 bytes.");
        }
        return signer;
    }

    /** Gives the bytes that it was given: a pair is made of its secret half by no other way. */
    private static final class Fixed extends SecureRandom {

        private static final long serialVersionUID = 1;

        private final byte[] seed;

        Fixed(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            if (bytes.length != seed.length) {
                throw new IllegalArgumentException(
                        "A key is made of " + bytes.length + " bytes, not " + seed.length + ".");
            }
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }

    private static NoteSigner generate(String name, SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, random);
            KeyPair pair = generator.generateKeyPair();
            byte[] open = pair.getPublic().getEncoded();
            byte[] secret = pair.getPrivate().getEncoded();
            return new NoteSigner(
                    NoteKey.of(name, Arrays.copyOfRange(open, open.length - 32, open.length)),
                    Arrays.copyOfRange(secret, secret.length - 32, secret.length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform from 15 on has Ed25519.", e);
        }
    }

    /** Reads what {@link #secretText} wrote. */
    public static NoteSigner parse(String text) {
        String[] keys = text.strip().split(" ", 2);
        if (keys.length != 2 || !keys[0].startsWith(PREFIX)) {
            throw new InvalidEvidenceException(
                    "The signer's key is not one: it must be a secret key and a verifier key.");
        }
        NoteKey key = NoteKey.parse(keys[1]);
        String[] parts = keys[0].substring(PREFIX.length()).split("\\+", 3);
        byte[] typed = Base64Text.decode(parts[parts.length - 1]);
        if (typed.length != 33 || typed[0] != NoteKey.ED25519) {
            throw new InvalidEvidenceException("The signer's key is not one of Ed25519.");
        }
        NoteSigner signer = new NoteSigner(key, Arrays.copyOfRange(typed, 1, 33));
        byte[] probe = {1};
        if (!key.verifies(probe, signer.signature(probe))) {
            throw new InvalidEvidenceException(
                    "The signer's secret key and its verifier key do not belong together.");
        }
        return signer;
    }

    public NoteKey key() {
        return key;
    }

    /** Returns the note of a text, signed. */
    public String sign(String text) {
        Note.requireText(text);
        byte[] signature = signature(text.getBytes(StandardCharsets.UTF_8));
        return text + "\n" + Note.line(key.name(), NoteKey.join(key.id(), signature));
    }

    private byte[] signature(byte[] text) {
        try {
            Signature signing = Signature.getInstance("Ed25519");
            signing.initSign(secret);
            signing.update(text);
            return signing.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Signing failed.", e);
        }
    }

    /** Returns the key's text, which is a secret. */
    public String secretText() {
        return PREFIX
                + key.name()
                + "+"
                + HexFormat.of().formatHex(key.id())
                + "+"
                + Base64.getEncoder()
                        .encodeToString(NoteKey.join(new byte[] {NoteKey.ED25519}, seed))
                + " "
                + key;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "NoteSigner[" + key + "]";
    }
}
