package dev.daybook.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.verifier.Report.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Packs that someone made to mislead, to fill the disk or the memory: each is refused with a line.
 */
class HostilePackTest {

    @TempDir private Path folder;

    @Test
    void aMemberThatAPackDoesNotHaveIsRefused() throws IOException {
        for (String name :
                new String[] {
                    "page.html",
                    "../rows.jsonl",
                    "/etc/passwd",
                    "C:\\rows.jsonl",
                    "rows.jsonl/",
                    "ROWS.JSONL",
                    "rows.jsonl\u0000.txt",
                    ""
                }) {
            assertThat(refusal(zip -> zip.add(name, new byte[] {1})))
                    .as(name)
                    .startsWith("the zip file: it has a member '")
                    .contains("which a pack does not have");
        }
        assertThat(refusal(zip -> zip.add("\u001b[2J\u202e", new byte[] {1})))
                .contains("'\\u001b[2J\\u202e'");
    }

    @Test
    void aMemberThatIsThereTwiceOrNotAtAllIsRefused() throws IOException {
        assertThat(refusal(zip -> zip.add("rows.jsonl", new byte[0])))
                .isEqualTo("the zip file: it has the member rows.jsonl twice.");
        assertThat(refusal(zip -> zip.members.remove(2)))
                .isEqualTo("the zip file: it lacks the member log.jsonl.");
        assertThat(refusal(zip -> zip.members.clear())).contains("lacks the member");
    }

    @Test
    void whatIsNoFileIsRefused() throws IOException {
        for (int kind : new int[] {0xA000, 0x4000, 0x2000, 0x1000}) {
            assertThat(refusal(zip -> zip.members.get(3).attributes = (kind | 0x1FF) << 16))
                    .isEqualTo("rows.jsonl: it is a link or something else that is no file.");
        }
    }

    @Test
    void aHugeMemberIsRefusedBeforeItIsUnpacked() throws IOException {
        assertThat(refusal(zip -> zip.members.get(3).deflated().size = 0xFFFF_FFFEL))
                .contains(
                        "rows.jsonl: it says that it has 4294967294 bytes, and may have 3221225472");
        assertThat(refusal(zip -> zip.members.get(4).deflated().size = 70_000))
                .contains("pack.json: it says that it has 70000 bytes, and may have 65536");
    }

    @Test
    void aBombIsRefusedAtItsFirstLine() throws IOException {
        byte[] zeros = new byte[100 << 20];
        assertThat(
                        refusal(
                                zip -> {
                                    zip.members.remove(3);
                                    zip.add("rows.jsonl", zeros).deflated();
                                }))
                .isEqualTo("rows.jsonl line 1: it has more than 67108864 bytes.");
    }

    @Test
    void aLyingSizeOrChecksumIsRefused() throws IOException {
        String mismatch =
                "rows.jsonl: its bytes do not give the size and the checksum that the zip file has of it.";
        for (int more : new int[] {-1, 1}) {
            assertThat(
                            refusal(
                                    zip -> {
                                        ZipBuilder.Member rows = zip.members.get(3).deflated();
                                        rows.size += more;
                                        rows.localSize += more;
                                    }))
                    .isIn(mismatch, "rows.jsonl line 4: it does not end with a newline.");
        }
        assertThat(refusal(zip -> zip.members.get(3).crc ^= 1)).isEqualTo(mismatch);
        assertThat(refusal(zip -> zip.members.get(3).size++))
                .isEqualTo("rows.jsonl: it is not packed and says that it has two sizes.");
        assertThat(refusal(zip -> zip.members.get(3).deflated().localSize++))
                .isEqualTo("rows.jsonl: its own header does not say what the directory says.");
        assertThat(
                        refusal(
                                zip -> {
                                    ZipBuilder.Member rows = zip.members.get(3).deflated();
                                    rows.packed =
                                            Arrays.copyOf(rows.packed, rows.packed.length + 3);
                                }))
                .isEqualTo(mismatch);
    }

    @Test
    void whatTwoReadersCouldSeeDifferentlyIsRefused() throws IOException {
        assertThat(refusal(zip -> zip.members.get(3).localName = "rows.jsonx"))
                .isEqualTo("rows.jsonl: its own header has another name.");
        assertThat(refusal(zip -> zip.members.get(3).sharesPlace = true))
                .contains("it overlaps with what follows");
        assertThat(refusal(zip -> zip.comment = "see page.html"))
                .contains("does not end as a zip file does");
        assertThat(refusal(zip -> zip.more = 3)).contains("has not the members that it counts");
        assertThat(refusal(zip -> zip.more = -1))
                .contains("has more than the members that it counts");
        assertThat(refusal(zip -> zip.members.get(3).flags = 1)).contains("may be encrypted");
        assertThat(refusal(zip -> zip.members.get(3).method = 12)).contains("packed by method 12");
        byte[] pack = Vector.pack("row.zip");
        assertThat(refused(concat(new byte[] {0}, pack))).contains("is not where its end says");
        assertThat(refused(concat(pack, new byte[] {0})))
                .contains("does not end as a zip file does");
        assertThat(refused(concat(pack, pack))).contains("is not where its end says");
    }

    @Test
    void aPackThatIsCutOffAnywhereIsRefused() throws IOException {
        byte[] pack = Vector.pack("row.zip");
        for (int length = 0; length < pack.length; length += 1 + length / 40) {
            assertThat(refused(Arrays.copyOf(pack, length))).startsWith("the zip file: ");
        }
    }

    @Test
    void wrongEncodingsAreRefused() throws IOException {
        assertThat(member("rows.jsonl", rows -> rows[rows.length / 2] = (byte) 0xC0))
                .contains("It is not UTF-8");
        assertThat(member("checkpoint", note -> note[3] = (byte) 0xFF))
                .contains("checkpoint: It is not UTF-8");
        assertThat(changed("rows.jsonl", "\n", "\r\n")).contains("something follows the object");
        assertThat(changed("rows.jsonl", "}\n", "}\n\n")).contains("rows.jsonl line 2");
        assertThat(changed("rows.jsonl", "\"row\":\"entry\"", "\"row\": \"entry\""))
                .contains("there is no value");
        assertThat(changed("rows.jsonl", "TEA-01", "\\u0054EA-01"))
                .contains("an escape that it does not need");
        assertThat(changed("rows.jsonl", "\"index\":0", "\"index\":00"))
                .contains("not a whole number");
        assertThat(changed("rows.jsonl", "\"index\":0", "\"index\":0.0")).isNotEmpty();
        assertThat(changed("rows.jsonl", "\"index\":0", "\"index\":-1")).contains("is negative");
        assertThat(changed("rows.jsonl", "\"index\":0", "\"index\":99999999999999999999"))
                .contains("not a whole number");
        assertThat(
                        changed(
                                "rows.jsonl",
                                "\"source\":\"shop\"",
                                "\"source\":\"shop\",\"source\":\"shop\""))
                .contains("Its members are");
        assertThat(changed("rows.jsonl", "\"source\":\"shop\",\"table\"", "\"table\""))
                .contains("Its members are");
        assertThat(
                        changed(
                                "rows.jsonl",
                                "2026-11-28T09:29:59.000100Z",
                                "2026-11-28T09:29:60.000100Z"))
                .contains("is not a time");
        assertThat(changed("log.jsonl", "\"data\":\"Z", "\"data\":\"Z=")).contains("not Base64");
        assertThat(changed("rows.jsonl", "{\"row\"", "[".repeat(100_000) + "{\"row\""))
                .contains("line 1");
    }

    @Test
    void lyingCountsAreRefused() throws IOException {
        assertThat(changed("pack.json", "\"entries\":4", "\"entries\":5"))
                .contains("counts 5 entries and 2 other rows, there are 4 and 2");
        assertThat(changed("pack.json", "\"others\":2", "\"others\":1"))
                .contains("there are 4 and 2");
        assertThat(changed("pack.json", "\"leaves\":4", "\"leaves\":400"))
                .contains("it counts 400 leaves");
        assertThat(changed("pack.json", "\"whole\":false", "\"whole\":true"))
                .contains("log.jsonl: ");
        assertThat(changed("pack.json", "daybook/pack/v1", "daybook/pack/v2"))
                .contains("this verifier knows daybook/pack/v1");
    }

    @Test
    void nothingIsWrittenBesideThePage() throws IOException {
        Path file = folder.resolve("evil.zip");
        ZipBuilder zip = Vector.builder(Vector.members("row.zip"));
        zip.add("../../evil.txt", new byte[] {1});
        Files.write(file, zip.build());

        assertThat(CheckedTest.run(file.toString(), "--key", Vector.text("key").strip()).code())
                .isEqualTo(1);

        try (var all = Files.list(folder)) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("evil.zip", "evil.html");
        }
    }

    @Test
    void bytesOfChanceAreRefused() throws IOException {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        Random random = new Random(seed);
        byte[] pack = Vector.pack("row.zip");
        for (int round = 0; round < 500; round++) {
            byte[] changed = pack.clone();
            ByteBuffer bytes = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
            // In the directory, where sizes, counts and places stand.
            int at = pack.length - 4 - random.nextInt(300);
            bytes.putInt(at, random.nextBoolean() ? random.nextInt() : random.nextInt(100_000));
            Report report = Vector.check(folder, changed);
            assertThat(report.outcome())
                    .as("seed %d, round %d", seed, round)
                    .isIn(Outcome.REFUSED, Outcome.VERIFIED);
            if (report.outcome() == Outcome.VERIFIED) {
                assertThat(Page.of(report, "", ""))
                        .isEqualTo(Page.of(Vector.check(folder, pack), "", ""));
            }
        }
    }

    private interface Change {
        void to(byte[] content);
    }

    private String member(String name, Change change) throws IOException {
        Map<String, byte[]> members = Vector.members("row.zip");
        change.to(members.get(name));
        return refused(Vector.builder(members).build());
    }

    private String changed(String member, String from, String to) throws IOException {
        return refused(Vector.changed("row.zip", member, from, to));
    }

    private String refusal(Consumer<ZipBuilder> change) throws IOException {
        ZipBuilder zip = Vector.builder(Vector.members("row.zip"));
        change.accept(zip);
        return refused(zip.build());
    }

    private String refused(byte[] pack) throws IOException {
        Report report = Vector.check(folder, pack);
        assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
        String sentence = Words.first(report);
        assertThat(Plain.line(sentence)).doesNotContain("\n");
        return sentence;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
