package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.infra.kafka.TopicCommands;
import dev.daybook.infra.settings.Settings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The task "topics", with Kafka's tools replaced by ones that answer as a cluster would. */
class TopicCommandsTest {

    @TempDir Path directory;

    @Test
    void topicsAreMadeSetAndOpenedForDmsAlone() throws Exception {
        Ended ended = run(4, 4, 8);

        assertThat(ended.code()).as(ended.output()).isZero();
        List<String> calls = Files.readAllLines(directory.resolve("calls"));
        assertThat(calls)
                .anyMatch(
                        call ->
                                call.contains("--create --if-not-exists --topic changes.shop")
                                        && call.contains("--partitions 4"))
                .anyMatch(call -> call.contains("--create --if-not-exists --topic tables"));
        assertThat(calls.stream().filter(call -> call.startsWith("kafka-acls.sh")))
                .singleElement()
                .asString()
                .contains("User:daybook-dms --operation Write")
                .endsWith("--topic changes.shop");
    }

    /** A topic keeps its partitions; ingest and sink would be told another number. */
    @Test
    void partitionsThatWereChangedAfterwardsAreRefused() throws Exception {
        Ended ended = run(6, 4, 8);

        assertThat(ended.code()).isNotZero();
        assertThat(ended.output())
                .contains(
                        "daybook:changesPartitions is 6, but the topic changes.shop has 4 partitions,"
                                + " which are chosen once: set it back to 4.");
    }

    private record Ended(int code, String output) {}

    private Ended run(int changes, int changesThere, int entriesThere)
            throws IOException, InterruptedException {
        String tool =
                """
                #!/usr/bin/env bash
                echo "$(basename "$0") $*" >>"%1$s/calls"
                case "$*" in
                    *--describe*changes*) printf 'Topic: changes.shop\tTopicId: x\tPartitionCount: %2$d\tReplicationFactor: 3\n' ;;
                    *--describe*) printf 'Topic: x\tTopicId: x\tPartitionCount: %3$d\tReplicationFactor: 3\n' ;;
                esac
                """
                        .formatted(directory, changesThere, entriesThere);
        for (String name : List.of("kafka-topics.sh", "kafka-configs.sh", "kafka-acls.sh")) {
            Path file = Files.writeString(directory.resolve(name), tool);
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        String script =
                TopicCommands.script(
                                "shop",
                                new Settings.Kafka(
                                        "3.9.x.kraft", "kafka.m7g.large", 100, changes, 8, 1 << 20))
                        .replace("/opt/kafka/bin", directory.toString())
                        .replace("/tmp/client.properties", directory + "/client.properties");
        ProcessBuilder builder =
                new ProcessBuilder("/bin/sh", "-euc", script).redirectErrorStream(true);
        builder.environment().put("BOOTSTRAP", "broker:9098");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }
}
