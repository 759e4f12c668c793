package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.Finding;

import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.stream.IntStream;

/** Holds the examination of a topic to states that one broker cannot have. */
class TopicExaminationTest {

    @Test
    void partitionsWithoutLeaderOrReplicaAreFound() {
        assertThat(codes(partitions(3, 3, 0))).isEmpty();
        assertThat(codes(partitions(3, 2, 0))).containsExactly("topic-under-replicated");
        assertThat(codes(partitions(3, 0, -1))).containsExactly("topic-offline");
        assertThat(codes(partitions(2, 2, 0))).containsExactly("topic-replication");
        assertThat(codes(partitions(1, 1, 0))).containsExactly("topic-replication");
    }

    @ParameterizedTest
    @CsvSource({"2, 3, 0", "1, 3, 1", "3, 3, 1", "1, 2, 1", "2, 2, 1", "1, 1, 0"})
    void tooFewOrTooManyReplicasInSyncAreFound(int insync, int replicas, int found) {
        List<Finding> findings = TopicExamination.ofReplicas("entries", insync, replicas);
        assertThat(codes(findings))
                .hasSize(found)
                .allMatch(code -> code.equals("topic-min-insync"));
    }

    /**
     * @param leader the leader's index, negative for none
     */
    private static List<Finding> partitions(int replicas, int inSync, int leader) {
        List<Node> nodes =
                IntStream.range(0, replicas).mapToObj(i -> new Node(i, "b" + i, 9092)).toList();
        return TopicExamination.ofPartitions(
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
