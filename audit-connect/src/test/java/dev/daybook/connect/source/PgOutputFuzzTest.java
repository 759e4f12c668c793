package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Jazzer finds no stream that the reader of pgoutput fails on. {@code
 * -Ddaybook.test.fuzz.runs=5000000} looks longer.
 */
class PgOutputFuzzTest {

    @Test
    void readsEveryStreamOrSaysThatItCannot(@TempDir Path directory) throws Exception {
        long runs = Long.getLong("daybook.test.fuzz.runs", 10_000);
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        PgOutputFuzzer.writeSeeds(corpus);
        Path log = directory.resolve("log");
        Process fuzzer =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-Xmx512m",
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty(
                                                "surefire.test.class.path",
                                                System.getProperty("java.class.path")),
                                        "com.code_intelligence.jazzer.Jazzer",
                                        "--target_class=" + PgOutputFuzzer.class.getName(),
                                        "--instrumentation_includes=dev.daybook.connect.source.**",
                                        "--reproducer_path=" + directory,
                                        "-runs=" + runs,
                                        "-max_len=4096",
                                        "-artifact_prefix=" + directory + File.separator,
                                        corpus.toString()))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            assertThat(fuzzer.waitFor(Math.max(300, runs / 500), TimeUnit.SECONDS)).isTrue();
            assertThat(fuzzer.exitValue()).as(Files.readString(log)).isZero();
        } finally {
            fuzzer.destroyForcibly();
        }
        assertThat(Files.readString(log)).contains("Done " + runs + " runs");
    }
}
