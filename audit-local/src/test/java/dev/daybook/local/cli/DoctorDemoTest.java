package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The doctor on the demo: nothing is wrong with it. */
class DoctorDemoTest {

    @Test
    void theDemoIsClean(@TempDir Path directory) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int exit;
        try (LocalPipeline pipeline =
                LocalPipeline.start(
                        new LocalSettings(directory, 0, null, LocalSettings.DEFAULT_TABLES, true),
                        line -> {})) {
            assertThat(pipeline.failures()).isEmpty();
            PrintStream out = System.out;
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            try {
                exit = Daybook.run("doctor", "--json", "--data-dir", directory.toString());
            } finally {
                System.setOut(out);
            }
        }

        JsonNode report =
                JsonMapper.builder().build().readTree(said.toString(StandardCharsets.UTF_8));
        assertThat(exit).as(report.toPrettyString()).isZero();
        assertThat(report.path("summary").path("checked")).hasSize(5);
        // page_views has no key on purpose, and nobody updates it.
        assertThat(report.path("findings")).hasSize(1);
        assertThat(report.path("findings").get(0).path("object").asString())
                .isEqualTo("public.page_views");
        assertThat(report.path("findings").get(0).path("severity").asString()).isEqualTo("info");
    }
}
