package dev.daybook.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.verifier.Report.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Changes every byte of small packs: each change is refused, or the page that follows is the same,
 * byte for byte. daybook.mutations=all takes all 255 other values of each byte, and all packs.
 */
class MutationTest {

    private static final boolean ALL = "all".equals(System.getProperty("daybook.mutations"));

    /** Of the members' bytes each so-manyth, from one by chance on. */
    private static final int STEP = 6;

    private static final List<String> PACKS = ALL ? Vector.PACKS : List.of("row.zip", "whole.zip");

    @TempDir private Path folder;

    @Test
    void everyChangeOfAByteOfThePackIsRefusedOrChangesNothing() throws IOException {
        Random random = random();
        for (String name : ALL ? Vector.PACKS : List.of("row.zip")) {
            byte[] pack = Vector.pack(name);
            String page = page(Vector.check(folder, pack));
            int irrelevant = 0;
            for (int at = 0; at < pack.length; at++) {
                byte before = pack[at];
                for (int value : values(before, random)) {
                    pack[at] = (byte) value;
                    irrelevant +=
                            isHarmless(name + " byte " + at + " " + value, pack, page) ? 1 : 0;
                }
                pack[at] = before;
            }
            System.out.println(
                    name + ": " + irrelevant + " changes mean nothing, all others are refused");
        }
    }

    @Test
    void everyChangeOfAByteOfAMemberIsRefused() throws IOException {
        Random random = random();
        for (String name : PACKS) {
            Map<String, byte[]> members = Vector.members(name);
            String page = page(Vector.check(folder, Vector.builder(members).build()));
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                if (name.equals("absent.zip") && member.getKey().equals("pack.json")) {
                    continue;
                }
                byte[] content = member.getValue();
                int first = ALL ? 0 : random.nextInt(STEP);
                for (int at = first; at < content.length; at += ALL ? 1 : STEP) {
                    byte before = content[at];
                    for (int value : values(before, random)) {
                        content[at] = (byte) value;
                        String where = name + " " + member.getKey() + " byte " + at + " " + value;
                        // Blanks between the columns of an image mean nothing, and are not sealed.
                        if (isHarmless(where, Vector.builder(members).build(), page)) {
                            assertThat(before).as(where).isIn((byte) ' ', (byte) '\t');
                        }
                    }
                    content[at] = before;
                }
            }
        }
    }

    @Test
    void anotherQuestionToThatWhichIsAbsentIsAnsweredByWhatWasSealed() throws IOException {
        Report other =
                Vector.check(folder, Vector.changed("absent.zip", "pack.json", "TEA-99", "TEA-98"));
        Report known =
                Vector.check(folder, Vector.changed("absent.zip", "pack.json", "TEA-99", "TEA-02"));

        assertThat(Words.first(other)).contains("0 entries of the row TEA-98");
        assertThat(known.outcome()).isEqualTo(Outcome.REFUSED);
    }

    private boolean isHarmless(String where, byte[] pack, String page) throws IOException {
        Report report = Vector.check(folder, pack);
        if (report.outcome() == Outcome.REFUSED) {
            return false;
        }
        assertThat(page(report)).as(where).isEqualTo(page);
        return true;
    }

    private static String page(Report report) {
        assertThat(report.outcome()).isEqualTo(Outcome.VERIFIED);
        return Page.of(report, "pack.zip", "");
    }

    private static int[] values(byte before, Random random) {
        if (!ALL) {
            // A neighbour, as a digit has, or any.
            return new int[] {before ^ (random.nextBoolean() ? 1 : 1 + random.nextInt(255))};
        }
        int[] values = new int[255];
        for (int i = 0; i < values.length; i++) {
            values[i] = before ^ (i + 1);
        }
        return values;
    }

    private static Random random() {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        return new Random(seed);
    }
}
