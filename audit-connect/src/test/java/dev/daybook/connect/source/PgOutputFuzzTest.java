package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Jazzer finds no stream that the reader of pgoutput fails on. {@code -Ddaybook.fuzz.runs=5000000}
 * looks longer, {@code -Ddaybook.fuzz.corpus=DIR} begins with what earlier runs found and adds to
 * it, {@code -Ddaybook.fuzz.seed=N} tries other streams.
 */
class PgOutputFuzzTest {

    @Test
    void readsEveryStreamOrSaysThatItCannot(@TempDir Path directory) throws Exception {
        long runs = Long.getLong("daybook.fuzz.runs", 10_000);
        String kept = System.getProperty("daybook.fuzz.corpus");
        Path corpus =
                Files.createDirectories(kept == null ? directory.resolve("corpus") : Path.of(kept));
        PgOutputFuzzer.writeSeeds(corpus);
        Path log = directory.resolve("log");
        Process fuzzer =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + PgOutputFuzzer.class.getName(),
                                "--instrumentation_includes=dev.daybook.connect.source.**",
                                // It writes byte by byte, which would be most of what is traced.
                                "--instrumentation_excludes=dev.daybook.connect.source.JsonBuffer",
                                "--custom_hook_includes=dev.daybook.none.**",
                                "--reproducer_path=" + directory,
                                "-runs=" + runs,
                                "-seed=" + Long.getLong("daybook.fuzz.seed", 1),
                                "-max_len=4096",
                                "-artifact_prefix=" + directory + File.separator,
                                corpus.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            assertThat(fuzzer.waitFor(Math.max(300, runs / 500), TimeUnit.SECONDS))
                    .as(Files.readString(log))
                    .isTrue();
            assertThat(fuzzer.exitValue()).as(Files.readString(log)).isZero();
        } finally {
            fuzzer.destroyForcibly();
        }
        String said = Files.readString(log);
        assertThat(said).contains("Done " + runs + " runs");
        // What was new to the coverage was kept: the fuzzer was guided.
        assertThat(corpus).isDirectoryContaining(file -> !file.toString().contains("seed-"));
        System.out.println(said.lines().filter(line -> line.contains("Done")).toList());
    }
}
