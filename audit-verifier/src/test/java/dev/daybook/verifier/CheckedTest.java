package dev.daybook.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;

/** What the command says of packs, in which outcome it ends, and what the page has. */
class CheckedTest {

    @TempDir private Path folder;

    /** What a run printed. */
    record Ran(int code, String out, String err) {}

    static Ran run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
        return new Ran(code, out.toString(), err.toString());
    }

    private String copied(String name) throws IOException {
        return Files.copy(Vector.FOLDER.resolve(name), folder.resolve(name)).toString();
    }

    private static String key() throws IOException {
        return Vector.text("key").strip();
    }

    @Test
    void aPackUnderTheTrustedKeyIsVerifiedAndSaysWhatItDoesNotProve() throws IOException {
        Ran ran = run(copied("row.zip"), "--key", key());

        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines().findFirst())
                .hasValue(
                        "VERIFIED: 4 entries of the row TEA-01 of public.products are as they were sealed. This does not"
                                + " prove that there is nothing more about it.");
        assertThat(ran.out()).contains("shop: until 2026-11-28T09:30:00.000000Z");
    }

    @Test
    void aWholePackProvesThatThereIsNothingMore() throws IOException {
        assertThat(run(copied("whole.zip"), "--key", key()).out())
                .startsWith(
                        "VERIFIED: 4 entries of the row TEA-01 of public.products are as they were sealed, and nothing else was"
                                + " sealed about it between 2026-11-28T09:30:00.000001Z and 2026-11-28T09:32:02.000000Z.");
        assertThat(run(copied("absent.zip"), "--key", key()).out())
                .startsWith("VERIFIED: 0 entries of the row TEA-99 of public.products");
    }

    @Test
    void aWholePackThatLacksARowIsRefused() throws IOException {
        String rows =
                new String(Vector.members("whole.zip").get("rows.jsonl"), StandardCharsets.UTF_8);
        for (String line : rows.lines().toList()) {
            assertThat(
                            Vector.check(
                                            folder,
                                            Vector.changed(
                                                    "whole.zip", "rows.jsonl", line + "\n", ""))
                                    .outcome())
                    .isEqualTo(Report.Outcome.REFUSED);
        }
    }

    @Test
    void aWholePackThatLacksALeafIsRefused() throws IOException {
        Map<String, byte[]> members = Vector.members("whole.zip");
        String log = new String(members.get("log.jsonl"), StandardCharsets.UTF_8);
        String subject = new String(members.get("pack.json"), StandardCharsets.UTF_8);
        members.put(
                "pack.json",
                subject.replace("\"leaves\":6", "\"leaves\":5").getBytes(StandardCharsets.UTF_8));
        for (int missing = 2; missing < 5; missing++) {
            String line = log.lines().skip(missing).findFirst().orElseThrow();
            members.put("log.jsonl", log.replace(line + "\n", "").getBytes(StandardCharsets.UTF_8));

            assertThat(Words.first(Vector.check(folder, Vector.builder(members).build())))
                    .isEqualTo(
                            "log.jsonl: between the leaves "
                                    + (missing - 1)
                                    + " and "
                                    + (missing + 1)
                                    + " some are missing.");
        }
    }

    @Test
    void withoutAKeyTheOutcomeIsNotCertainAndSaysHowToMakeItSo() throws IOException {
        Ran ran = run(copied("entry.zip"));

        assertThat(ran.code()).isEqualTo(4);
        assertThat(ran.out())
                .startsWith("NOT CERTAIN: 1 entry")
                .contains("--key or --policy")
                .contains("Key: " + key());
    }

    @Test
    void aPolicyIsAsGoodAsAKeyAndAnotherKeyRefuses() throws IOException {
        Path policy =
                Files.writeString(folder.resolve("policy"), "log " + key() + "\nquorum none\n");
        String other =
                "daybook.example/log+"
                        + key().split("\\+")[1]
                        + "+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk";

        assertThat(run(copied("entry.zip"), "--policy", policy.toString()).code()).isZero();
        assertThat(run(folder.resolve("entry.zip").toString(), "--key", other).code()).isEqualTo(2);
        String witness = "witness.example+7e67de0d+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk";
        Ran ran = run(folder.resolve("entry.zip").toString(), "--key", witness);
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .startsWith("REFUSED: checkpoint: None of the trusted keys has signed the note.");
    }

    @Test
    void oneDigitThatIsChangedIsNamedWithItsLine() throws IOException {
        Path file = folder.resolve("bad.zip");
        Files.write(file, Vector.changed("row.zip", "rows.jsonl", "3.50", "3.60"));

        Ran ran = run(file.toString(), "--key", key());

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .startsWith(
                        "REFUSED: rows.jsonl line 2: entry 019ac7d6-7b68-8064-8000-000000000003 of public.products, key TEA-01"
                                + " is not what was sealed of offset 3 of entries-0");
        assertThat(Files.readString(folder.resolve("bad.html")))
                .contains("class=\"outcome refused\"");
    }

    @Test
    void aCheckpointThatTheReaderKeptIsConfirmedOrMissedOrShowsAFork() throws IOException {
        String pack = copied("row.zip");
        String kept = copied("kept");

        Ran confirmed = run(pack, "--key", key(), "--anchor", kept);
        assertThat(confirmed.code()).isZero();
        assertThat(confirmed.out()).contains("A checkpoint that you kept yourself agrees with it");

        Ran missed = run(copied("entry.zip"), "--key", key(), "--anchor", kept);
        assertThat(missed.code()).isEqualTo(4);
        assertThat(missed.out()).contains("has no proof for your checkpoint of 4 leaves");

        Path broken =
                Files.writeString(
                        folder.resolve("broken"), Vector.text("kept").replace("\n4\n", "\n5\n"));
        Ran refused = run(pack, "--key", key(), "--anchor", broken.toString());
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out())
                .contains("your checkpoint: The signature of daybook.example/log does not fit");
    }

    @Test
    void thePageEscapesWhatItShowsAndRunsNothing() throws IOException {
        run(copied("row.zip"), "--key", key());
        String page = Files.readString(folder.resolve("row.html"));

        assertThat(page)
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
                .contains("app\\u0009user\\u0001")
                .contains("3.10 → 3.50")
                .contains("TEE-ü€😀")
                .contains("default-src &#39;none&#39;".replace("&#39;", "'"))
                .doesNotContain("<script")
                .doesNotContain("http-equiv=\"refresh")
                .doesNotContain("src=")
                .doesNotContain("href=");
        assertThat(page.split("class=\"entry\"")).hasSize(5);
    }

    @Test
    void theOutcomeIsPrintedAsJson() throws IOException {
        Ran ran = run(copied("row.zip"), "--key", key(), "--json", "--no-page");

        assertThat(ran.out())
                .startsWith("{\"outcome\":\"verified\",\"pack_sha256\":\"")
                .contains("\"entries\":4,\"other_rows\":2,\"whole\":false,\"log_size\":6");
        assertThat(folder.resolve("row.html")).doesNotExist();
    }

    @Test
    void whatCannotBeAskedIsSaidInOneLine() throws IOException {
        String pack = copied("row.zip");
        for (List<String> arguments :
                List.of(
                        List.<String>of(),
                        List.of(pack, "--what"),
                        List.of(pack, pack),
                        List.of(pack, "--key"),
                        List.of(pack, "--key", "x"),
                        List.of(pack, "--key", key(), "--policy", pack),
                        List.of(folder.resolve("none.zip").toString()),
                        List.of(folder.toString()))) {
            Ran ran = run(arguments.toArray(String[]::new));

            assertThat(ran.code()).as(arguments.toString()).isEqualTo(2);
            assertThat(ran.err().lines()).as(arguments.toString()).hasSize(1);
        }
        assertThat(run("--help").out()).contains("Exit codes: 0 verified; 1 refused");
    }

    @Test
    void theJarAloneIsEnoughAndHoldsNothingElse() throws Exception {
        Path jar = Path.of("target/daybook-verifier.jar");
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            assertThat(zip.stream().map(entry -> entry.getName()))
                    .allMatch(
                            name ->
                                    name.startsWith("META-INF/")
                                            || name.endsWith("/")
                                            || name.startsWith("dev/daybook/evidence/")
                                            || name.startsWith("dev/daybook/verifier/"));
        }
        Files.copy(jar, folder.resolve("daybook-verifier.jar"));
        copied("row.zip");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-jar",
                                "daybook-verifier.jar",
                                "row.zip",
                                "--key",
                                key()));
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(out).isZero();
        assertThat(out).startsWith("VERIFIED: 4 entries");
    }
}
