package dev.daybook.evidence;

import java.nio.ByteBuffer;

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
            private final byte[] hashed = hashed(seed);

            @Override
            public void copyTo(int number, byte[] into) {
                if (number / 2 != pair) {
                    pair = number / 2;
                    ByteBuffer.wrap(hashed).putInt(hashed.length - 4, pair);
                    salts = Hash.sha256().digest(hashed);
                }
                System.arraycopy(salts, number % 2 * LENGTH, into, 0, LENGTH);
            }
        };
    }

    /** Returns what is hashed to salts, with room for their number at its end. */
    private static byte[] hashed(byte[] seed) {
        byte[] hashed = new byte[1 + seed.length + 4];
        hashed[0] = 4;
        System.arraycopy(seed, 0, hashed, 1, seed.length);
        return hashed;
    }
}
