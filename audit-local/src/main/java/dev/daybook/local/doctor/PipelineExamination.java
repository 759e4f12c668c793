package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.stream.Collectors;

/** Looks at what the parts of a running pipeline say of themselves. */
public final class PipelineExamination {

    private PipelineExamination() {}

    /**
     * What the ingest's health says.
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
                        "The ingest says that it is not well.",
                        "status " + status + (parts.isEmpty() ? "" : ": " + parts),
                        "See its log; a Kafka Streams application that stopped for good is"
                                + " restarted with its process."));
    }
}
