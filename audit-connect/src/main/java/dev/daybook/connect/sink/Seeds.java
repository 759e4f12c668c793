package dev.daybook.connect.sink;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Draws the seeds of a batch: the blocks that AES under a key of the batch makes of the rows'
 * places. A seed need not be kept between hashing a row and storing it.
 */
final class Seeds {

    private static final int LENGTH = 16;

    /** How many places are encrypted at once: a call costs more than a block. */
    private static final int PLACES = 256;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Cipher cipher = newCipher();
    private final ByteBuffer places = ByteBuffer.allocate(PLACES * LENGTH);
    private byte[] seeds = {};
    private long first = -1;

    byte[] at(long place) {
        long from = place - place % PLACES;
        if (from != first) {
            for (int i = 0; i < PLACES; i++) {
                places.putLong(i * LENGTH, from + i);
            }
            try {
                seeds = cipher.doFinal(places.array());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("The places are whole blocks.", e);
            }
            first = from;
        }
        int at = (int) (place - from) * LENGTH;
        return Arrays.copyOfRange(seeds, at, at + LENGTH);
    }

    private static Cipher newCipher() {
        byte[] key = new byte[LENGTH];
        RANDOM.nextBytes(key);
        try {
            Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has AES.", e);
        }
    }
}
