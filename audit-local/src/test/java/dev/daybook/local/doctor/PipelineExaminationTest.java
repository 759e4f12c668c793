package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

class PipelineExaminationTest {

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
