package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.stream.Collectors;

/** Examines what the parts of a running pipeline report of themselves. */
public final class PipelineExamination {

    private PipelineExamination() {}

    /**
     * Returns what is found in the ingest's health.
     *
     * @param health the document at {@code /actuator/health}
     */
    public static List<Finding> ofIngest(JsonNode health) {
        String status = health.path("status").asString("");
        if (status.equals("UP")) {
            return List.of();
        }
        String parts =
                health.path("components").properties().stream()
                        .filter(part -> !part.getValue().path("status").asString("").equals("UP"))
                        .map(
                                part ->
                                        part.getKey()
                                                + " "
                                                + part.getValue()
                                                        .path("status")
                                                        .asString("unknown"))
                        .collect(Collectors.joining(", "));
        return List.of(
                Code.INGEST_DOWN.error(
                        "the ingest",
                        "The ingest is not UP: changes are not turned into entries.",
                        "status " + status + (parts.isEmpty() ? "" : ": " + parts),
                        "See its log; a Kafka Streams application that stopped for good is"
                                + " restarted with its process."));
    }
}
