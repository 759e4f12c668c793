package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the coverage-guided fuzzer in a process of its own. {@code -Ddaybook.fuzz.runs=10000000}
 * makes a long run of it, {@code -Ddaybook.fuzz.corpus=DIR} keeps what it finds new, {@code
 * -Ddaybook.fuzz.seed=N} makes it another one, {@code -Ddaybook.fuzz.trace=cov} a faster one that
 * is guided by branches alone, and not by what is compared.
 */
final class Fuzzing {

    private static final long SEED = Long.getLong("daybook.fuzz.seed", 1);

    private Fuzzing() {}

    /**
     * Runs a target from its first inputs, and fails where the target does.
     *
     * @param runs how many inputs it takes, unless the property says so
     * @param words the words of the format
     */
    static void run(
            Class<?> target, long runs, Path directory, List<byte[]> seeds, List<String> words)
            throws IOException, InterruptedException {
        long wanted = Long.getLong("daybook.fuzz.runs", runs);
        String kept = System.getProperty("daybook.fuzz.corpus");
        Path corpus =
                Files.createDirectories(kept == null ? directory.resolve("corpus") : Path.of(kept));
        Path first = Files.createDirectories(directory.resolve("seeds"));
        for (int i = 0; i < seeds.size(); i++) {
            Files.write(first.resolve("seed-" + i), seeds.get(i));
        }
        Path dictionary = directory.resolve("words");
        Files.write(dictionary, dictionary(words));
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
                                "--target_class=" + target.getName(),
                                "--instrumentation_includes=dev.daybook.**",
                                // It writes byte by byte, which would be most of what is traced.
                                "--instrumentation_excludes=dev.daybook.ingest.json.JsonBuffer",
                                "--custom_hook_includes=dev.daybook.none.**",
                                "--trace=" + System.getProperty("daybook.fuzz.trace", "all"),
                                "--reproducer_path=" + directory,
                                "-artifact_prefix=" + directory + "/",
                                "-runs=" + wanted,
                                "-seed=" + SEED,
                                "-max_len=2048",
                                "-timeout=60",
                                "-dict=" + dictionary,
                                corpus.toString(),
                                first.toString())
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            int exit = fuzzer.waitFor();
            String log = Files.readString(said, StandardCharsets.UTF_8);
            assertThat(exit).as(log).isZero();
            assertThat(log).contains("Done " + wanted + " runs");
            // What was new to the coverage was kept: the fuzzer was guided.
            assertThat(corpus).isDirectoryContaining(file -> Files.isRegularFile(file));
            System.out.println(log.lines().filter(line -> line.contains("Done")).toList());
        } finally {
            fuzzer.destroyForcibly();
        }
    }

    /** Returns words in the form in which the fuzzer takes them. */
    private static List<String> dictionary(List<String> words) {
        List<String> lines = new ArrayList<>();
        for (String word : words) {
            lines.add("\"" + word + "\"");
            lines.add("\"\\\"" + word + "\\\":\"");
        }
        return lines;
    }
}
