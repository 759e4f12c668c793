package dev.daybook.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.daybook.verifier.Report.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Holds the verifier to a second reader, docs/evidence/vectors/reader.mjs, which was written after
 * the format and shares no code with it: both say the same of the vectors and of changed ones.
 */
class SecondReaderTest {

    @TempDir private Path folder;

    @Test
    void bothReadersSayTheSame() throws Exception {
        assumeTrue(
                hasNode(),
                "Node.js is not on the PATH: the second reader is not compared with the verifier.");
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        Map<Path, String> expected = new LinkedHashMap<>();
        for (String name : Vector.PACKS) {
            add(expected, name, Vector.pack(name));
            Map<String, byte[]> members = Vector.members(name);
            Random random = new Random(seed);
            for (int round = 0; round < 60; round++) {
                List<String> names = List.copyOf(members.keySet());
                byte[] content = members.get(names.get(random.nextInt(names.size())));
                if (content.length > 0) {
                    int at = random.nextInt(content.length);
                    byte before = content[at];
                    content[at] ^= (byte) (1 << random.nextInt(7));
                    add(expected, round + "-" + name, Vector.builder(members).build());
                    content[at] = before;
                }
            }
        }
        Map<String, byte[]> members = Vector.members("row.zip");
        ZipBuilder deflated = Vector.builder(members);
        deflated.members.forEach(ZipBuilder.Member::deflated);
        add(expected, "deflated.zip", deflated.build());
        ZipBuilder more = Vector.builder(members);
        more.add("page.html", new byte[] {1});
        add(expected, "more.zip", more.build());

        List<String> said = node(expected.keySet());

        assertThat(said).containsExactlyElementsOf(expected.values());
        assertThat(expected.values().stream().filter(line -> line.contains(" verified ")))
                .hasSizeGreaterThan(4);
    }

    private void add(Map<Path, String> expected, String name, byte[] pack) throws IOException {
        Path file = Files.write(folder.resolve(name), pack);
        Report report = PackCheck.check(file, Vector.key(), List.of());
        Report.Facts facts = report.facts();
        expected.put(
                file,
                file
                        + (report.outcome() == Outcome.VERIFIED && facts != null
                                ? " verified "
                                        + facts.subject().entries()
                                        + " "
                                        + facts.subject().others()
                                : " refused"));
    }

    private static List<String> node(Iterable<Path> packs) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "node",
                                Vector.FOLDER.resolve("reader.mjs").toString(),
                                Vector.key().toString()));
        packs.forEach(pack -> command.add(pack.toString()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<String> lines =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.replaceFirst(" refused .*", " refused"))
                        .toList();
        assertThat(process.waitFor()).isZero();
        return lines;
    }

    private static boolean hasNode() throws InterruptedException {
        try {
            return new ProcessBuilder("node", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
