package dev.daybook.pack;

import dev.daybook.evidence.Salts;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Gives the salts of a row and keeps those that were asked for: a pack has these, and no seed. */
final class UsedSalts implements Salts {

    private final Salts salts;
    private final List<@Nullable String> used = new ArrayList<>();

    UsedSalts(byte[] seed) {
        this.salts = Salts.ofSeed(seed);
    }

    @Override
    public void copyTo(int number, byte[] into) {
        salts.copyTo(number, into);
        while (used.size() <= number) {
            used.add(null);
        }
        used.set(number, HexFormat.of().formatHex(into, 0, LENGTH));
    }

    /** Returns the salts by their numbers; null stands where there is no commitment. */
    String json() {
        StringBuilder json = new StringBuilder("[");
        for (String salt : used) {
            json.append(json.length() > 1 ? "," : "")
                    .append(salt == null ? "null" : '"' + salt + '"');
        }
        return json.append(']').toString();
    }
}
