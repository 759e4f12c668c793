package dev.daybook.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the commands of docs/evidence/by-hand.md. */
class ByHandTest {

    private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

    @TempDir private Path folder;

    @Test
    void anEntryIsCheckedWithNothingOfDaybook() throws Exception {
        assumeTrue(
                run("command -v unzip openssl sha256sum od base64") != null,
                "unzip, openssl or another program is not on the PATH: the commands by hand are not run.");
        Files.write(folder.resolve("pack.zip"), Vector.pack("entry.zip"));
        Files.writeString(folder.resolve("key"), Vector.text("key"));
        StringBuilder script = new StringBuilder("set -euo pipefail\n");
        Matcher blocks = BLOCK.matcher(Files.readString(Path.of("../docs/evidence/by-hand.md")));
        while (blocks.find()) {
            script.append(blocks.group(1));
        }

        assertThat(run(script.toString()))
                .contains("commitment of the key TEA-01: ")
                .contains("the segment is in leaf 2")
                .contains("the leaf is in the log")
                .contains("Signature Verified Successfully");

        Files.write(
                folder.resolve("pack.zip"),
                Vector.changed("entry.zip", "rows.jsonl", "3.50", "3.60"));
        try (var old = Files.walk(folder.resolve("pack"))) {
            for (Path path : old.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        assertThat(run(script.toString()))
                .contains("root of the segment: ")
                .doesNotContain("the segment is in leaf");
    }

    /** Returns what a script prints; null if it fails. */
    private String run(String script) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder("bash", "-c", script)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? out : null;
    }
}
