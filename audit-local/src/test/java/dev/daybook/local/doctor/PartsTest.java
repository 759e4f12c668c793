package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.Finding;

import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.stream.IntStream;

/** What one broker cannot show, and a pipeline that is well does not. */
class PartsTest {

    @Test
    void partitionsOfThreeReplicas() {
        assertThat(codes(partitions(3, 3, 0))).isEmpty();
        assertThat(codes(partitions(3, 2, 0))).containsExactly("topic-under-replicated");
        assertThat(codes(partitions(3, 0, -1))).containsExactly("topic-offline");
        assertThat(codes(partitions(2, 2, 0))).containsExactly("topic-replication");
        assertThat(codes(partitions(1, 1, 0))).containsExactly("topic-replication");
    }

    @ParameterizedTest
    @CsvSource({"2, 3, 0", "1, 3, 1", "3, 3, 1", "1, 2, 1", "2, 2, 1", "1, 1, 0"})
    void replicasThatMustHaveARecord(int insync, int replicas, int found) {
        List<Finding> findings = KafkaExamination.ofReplicas("entries", insync, replicas);
        assertThat(codes(findings))
                .hasSize(found)
                .allMatch(code -> code.equals("topic-min-insync"));
    }

    @Test
    void anIngestThatIsNotWell() {
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

    @Test
    void aReportIsAsBadAsItsWorst() {
        Report report = new Report();
        assertThat(report.exitCode()).isEqualTo(Report.CLEAN);
        report.add("source", "s", List.of());
        assertThat(report.text()).contains("source: s", "No findings.");
        report.add("source", "t", List.of(Code.OTHER_SLOT.info("o", "m", "e", "r")));
        assertThat(report.exitCode()).isEqualTo(Report.CLEAN);
        report.add("source", "u", List.of(Code.NO_TABLES.warning("o", "m", "e", "r")));
        assertThat(report.exitCode()).isEqualTo(Report.WARNINGS);
        report.unreachable("kafka", "k", "It is gone.", "Start it.");
        assertThat(report.exitCode()).isEqualTo(Report.ERRORS);
        assertThat(report.text())
                .contains("ERROR unreachable (k)", "It is gone.", "Do:   Start it.")
                .endsWith("1 errors, 1 warnings, 1 to know.");
    }

    /**
     * @param leader the leader's index, negative for none
     */
    private static List<Finding> partitions(int replicas, int inSync, int leader) {
        List<Node> nodes =
                IntStream.range(0, replicas).mapToObj(i -> new Node(i, "b" + i, 9092)).toList();
        return KafkaExamination.ofPartitions(
                "entries",
                List.of(
                        new TopicPartitionInfo(
                                0,
                                leader < 0 ? Node.noNode() : nodes.get(leader),
                                nodes,
                                nodes.subList(0, inSync))),
                false);
    }

    private static List<String> codes(List<Finding> findings) {
        return findings.stream().map(Finding::code).toList();
    }
}
