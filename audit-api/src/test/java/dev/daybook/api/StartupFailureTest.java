package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a person or an orchestrator sees of an API that does not start. */
class StartupFailureTest {

    @TempDir Path directory;

    /** The program itself, since it is the standard error and the exit code that count. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--daybook.api.key=short | daybook.api.key",
                "--server.port=many | server.port",
                "--daybook.api.evidence=s3:///log | daybook.api.evidence",
            })
    void aWrongSettingIsOneLineOnStandardErrorAndTheCode2(String setting, String key)
            throws Exception {
        Path errors = directory.resolve("errors");
        Path output = directory.resolve("output");
        Process process = start(errors, output, setting);

        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readAllLines(errors)).hasSize(1);
        assertThat(Files.readString(errors))
                .startsWith("daybook-api: ")
                .contains(key)
                .containsPattern("\\. [A-Za-z][^.]*");
        assertThat(Files.readString(output)).doesNotContain("APPLICATION FAILED", "\tat ");
        assertThat(process.exitValue()).isEqualTo(2);
    }

    private static Process start(Path errors, Path output, String setting) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ApiApplication.class.getName(),
                                "--spring.datasource.password=none"));
        command.add(setting);
        return new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectOutput(output.toFile())
                .start();
    }
}
