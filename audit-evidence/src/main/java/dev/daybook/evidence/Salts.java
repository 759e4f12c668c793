package dev.daybook.evidence;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** Gives the salts of a row's commitments, by their numbers. */
public interface Salts {

    /** The bytes of a salt. */
    int LENGTH = 16;

    /** Writes a salt into the first bytes of an array. */
    void copyTo(int number, byte[] into);

    /** Returns the salts that follow from a seed: of each SHA-256 the two halves. */
    static Salts ofSeed(byte[] seed) {
        return new Salts() {
            private int pair = -1;
            private byte[] salts = new byte[0];

            @Override
            public void copyTo(int number, byte[] into) {
                if (number / 2 != pair) {
                    pair = number / 2;
                    MessageDigest digest = Hash.sha256();
                    digest.update((byte) 4);
                    digest.update(seed);
                    salts = digest.digest(ByteBuffer.allocate(4).putInt(pair).array());
                }
                System.arraycopy(salts, number % 2 * LENGTH, into, 0, LENGTH);
            }
        };
    }
}
