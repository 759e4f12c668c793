package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

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
