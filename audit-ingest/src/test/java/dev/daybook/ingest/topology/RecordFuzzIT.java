package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the coverage-guided fuzzer in a process of its own, from the fixtures as its first corpus.
 * {@code -Ddaybook.fuzz.runs=10000000} makes a long run of it, {@code -Ddaybook.fuzz.corpus=DIR}
 * keeps what it finds new, {@code -Ddaybook.fuzz.seed=N} makes it another one.
 */
class RecordFuzzIT {

    private static final long RUNS = Long.getLong("daybook.fuzz.runs", 50_000);
    private static final long SEED = Long.getLong("daybook.fuzz.seed", 1);

    @Test
    void noRecordThatTheFuzzerFindsEndsWithAnExceptionOrWithoutItsOutcome(@TempDir Path directory)
            throws Exception {
        String kept = System.getProperty("daybook.fuzz.corpus");
        Path corpus =
                Files.createDirectories(kept == null ? directory.resolve("corpus") : Path.of(kept));
        Path seeds = Files.createDirectories(directory.resolve("seeds"));
        writeSeeds(seeds);
        Path dictionary = directory.resolve("words");
        Files.write(dictionary, words());
        Path said = directory.resolve("fuzzer.log");
        Process fuzzer =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-XX:+EnableDynamicAgentLoading",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + RecordFuzzer.class.getName(),
                                "--instrumentation_includes=dev.daybook.**",
                                // It writes byte by byte, which would be most of what is traced.
                                "--instrumentation_excludes=dev.daybook.ingest.json.JsonBuffer",
                                "--custom_hook_includes=dev.daybook.none.**",
                                "--reproducer_path=" + directory,
                                "-artifact_prefix=" + directory + "/",
                                "-runs=" + RUNS,
                                "-seed=" + SEED,
                                "-max_len=2048",
                                "-timeout=20",
                                "-dict=" + dictionary,
                                corpus.toString(),
                                seeds.toString())
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            int exit = fuzzer.waitFor();
            String log = Files.readString(said, StandardCharsets.UTF_8);
            assertThat(exit).as(log).isZero();
            assertThat(log).contains("Done " + RUNS + " runs");
            // What was new to the coverage was kept: the fuzzer was guided.
            assertThat(corpus).isDirectoryContaining(file -> Files.isRegularFile(file));
            System.out.println(log.lines().filter(line -> line.contains("Done")).toList());
        } finally {
            fuzzer.destroyForcibly();
        }
    }

    private static void writeSeeds(Path directory) throws IOException {
        int number = 0;
        for (String file : List.of("connector.ndjson", "dms.ndjson", "dms-format.tsv")) {
            for (String line :
                    Files.readAllLines(
                            Path.of("src/test/resources/changes", file), StandardCharsets.UTF_8)) {
                if (line.indexOf('{') >= 0) {
                    String record = line.substring(line.indexOf('{'));
                    // Each under another choice of source and headers.
                    byte[] seed = (" " + record).getBytes(StandardCharsets.UTF_8);
                    seed[0] = (byte) (number % 8);
                    Files.write(directory.resolve("seed-" + number), seed);
                    number++;
                }
            }
        }
        assertThat(number).isPositive();
    }

    /** The words of the format, in the form in which the fuzzer takes them. */
    private static List<String> words() {
        List<String> words = new ArrayList<>();
        for (String word :
                List.of(
                        "data",
                        "metadata",
                        "control",
                        "before-image",
                        "beforeImage",
                        "timestamp",
                        "commit-timestamp",
                        "record-type",
                        "operation",
                        "load",
                        "insert",
                        "update",
                        "delete",
                        "truncate",
                        "create-table",
                        "drop-table",
                        "heartbeat",
                        "gap",
                        "partition-key-type",
                        "partition-key-value",
                        "primary-key",
                        "schema-name",
                        "table-name",
                        "transaction-id",
                        "transaction-record-id",
                        "prev-transaction-id",
                        "prev-transaction-record-id",
                        "stream-position",
                        "table-def",
                        "columns",
                        "type",
                        "length",
                        "nullable",
                        "complete-until",
                        "position",
                        "partition",
                        "partitions",
                        "daybook",
                        "transaction_context",
                        "actor",
                        "reason",
                        "request_id",
                        "attributes",
                        "awsdms_suspended_tables",
                        "awsdms_apply_exceptions",
                        "TABLE_NAME",
                        "TABLE_OWNER",
                        "9999-12-31T23:59:59Z",
                        "null",
                        "1e999",
                        "\\\\u0000",
                        "\\\\ud800")) {
            words.add("\"" + word + "\"");
            words.add("\"\\\"" + word + "\\\":\"");
        }
        return words;
    }
}
