package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.pipeline.PartState;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.List;

class PipelineExaminationTest {

    @Test
    void aDiskThatIsNearlyFullIsFoundWithWhatIsLeft() {
        assertThat(PipelineExamination.ofDisk(false, "2 GiB left")).isEmpty();
        assertThat(PipelineExamination.ofDisk(true, "12 MiB left"))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.code()).isEqualTo("disk-low");
                            assertThat(finding.evidence()).isEqualTo("12 MiB left");
                        });
    }

    @Test
    void aConnectorThatDoesNotWorkIsFoundWithSinceWhenAndWhy() {
        assertThat(PipelineExamination.ofParts(List.of(PartState.working("sink", "running"))))
                .isEmpty();
        assertThat(
                        PipelineExamination.ofParts(
                                List.of(
                                        new PartState(
                                                "source",
                                                false,
                                                "connection refused",
                                                Instant.parse("2026-11-22T09:30:00Z")))))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.code()).isEqualTo("connector-down");
                            assertThat(finding.evidence())
                                    .isEqualTo("since 2026-11-22T09:30:00Z: connection refused");
                        });
    }

    @Test
    void anIngestWhoseThreadsFailIsFoundWithSinceWhenAndTheFailure() {
        assertThat(
                        PipelineExamination.ofIngest(
                                JsonMapper.builder()
                                        .build()
                                        .readTree(
                                                """
                                                {"status": "DOWN", "components": {"streams": {"status": "DOWN",
                                                 "details": {"state": "RUNNING", "threadFailures": 3,
                                                  "failingSince": "2026-11-22T09:30:00Z",
                                                  "lastFailure": "RecordTooLargeException"}}}}
                                                """)))
                .singleElement()
                .satisfies(
                        finding ->
                                assertThat(finding.evidence())
                                        .contains(
                                                "since 2026-11-22T09:30:00Z after 3 failures, the"
                                                        + " last: RecordTooLargeException"));
    }

    @Test
    void anIngestThatIsDownIsFoundWithItsComponents() {
        JsonMapper json = JsonMapper.builder().build();
        assertThat(PipelineExamination.ofIngest(json.readTree("{\"status\": \"UP\"}"))).isEmpty();
        assertThat(
                        PipelineExamination.ofIngest(
                                json.readTree(
                                        """
                                        {"status": "DOWN", "components": {"streams": {"status": "DOWN"},
                                         "ping": {"status": "UP"}}}
                                        """)))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.code()).isEqualTo("ingest-down");
                            assertThat(finding.evidence())
                                    .contains("streams DOWN")
                                    .doesNotContain("ping");
                        });
    }
}
