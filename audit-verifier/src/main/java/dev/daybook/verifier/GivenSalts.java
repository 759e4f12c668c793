package dev.daybook.verifier;

import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.Salts;

import org.jspecify.annotations.Nullable;

import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;

/** Gives the salts that a pack has of a row; a null stands where the row has no commitment. */
final class GivenSalts implements Salts {

    private final List<@Nullable String> salts;
    private final BitSet used = new BitSet();

    GivenSalts(List<@Nullable String> salts) {
        this.salts = salts;
    }

    @Override
    public void copyTo(int number, byte[] into) {
        String salt = number < salts.size() ? salts.get(number) : null;
        if (salt == null || !salt.matches("[0-9a-f]{32}")) {
            throw new InvalidEvidenceException(
                    "The salt " + number + " is missing, or is not 32 hexadecimal digits.");
        }
        System.arraycopy(HexFormat.of().parseHex(salt), 0, into, 0, LENGTH);
        used.set(number);
    }

    void requireAllUsed() {
        for (int i = 0; i < salts.size(); i++) {
            if (salts.get(i) != null && !used.get(i)) {
                throw new InvalidEvidenceException("The salt " + i + " is of no commitment.");
            }
        }
        if (!salts.isEmpty() && salts.get(salts.size() - 1) == null) {
            throw new InvalidEvidenceException("The salts end with a null.");
        }
    }
}
