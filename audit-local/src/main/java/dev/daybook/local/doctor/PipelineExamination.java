package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.stream.Collectors;

/** Examines what the parts of a running pipeline report of themselves. */
public final class PipelineExamination {

    private PipelineExamination() {}

    /**
     * Returns what is found where the data directory is.
     *
     * @param low whether capture pauses for want of room
     * @param room what is left, in words
     */
    public static List<Finding> ofDisk(boolean low, String room) {
        return low
                ? List.of(
                        Code.DISK_LOW.error(
                                "the data directory",
                                "There is too little room to go on: capture is paused.",
                                room,
                                "Make room on that disk; capture goes on by itself."))
                : List.of();
    }

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
