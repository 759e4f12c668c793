package dev.daybook.local.doctor;

import dev.daybook.local.pipeline.PartState;
import dev.daybook.source.Finding;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> part : health.path("components").properties()) {
            JsonNode details = part.getValue().path("details");
            String state = part.getValue().path("status").asString("unknown");
            if (!state.equals("UP")) {
                String failure = details.path("lastFailure").asString("");
                parts.add(
                        part.getKey()
                                + " "
                                + state
                                + (failure.isEmpty()
                                        ? ""
                                        : " since "
                                                + details.path("failingSince").asString()
                                                + " after "
                                                + details.path("threadFailures").asInt()
                                                + " failures, the last: "
                                                + failure));
            }
        }
        return List.of(
                Code.INGEST_DOWN.error(
                        "the ingest",
                        "The ingest is not UP: changes are not turned into entries.",
                        "status "
                                + status
                                + (parts.isEmpty() ? "" : ": " + String.join(", ", parts)),
                        "Mend what the failure names: stream threads are replaced by themselves and"
                                + " go on where they stood. One that stopped for good is restarted"
                                + " with its process. Its log has the whole fault."));
    }

    /**
     * Returns what is found in the states of the connectors.
     *
     * @param parts the states as the pipeline has written them
     */
    public static List<Finding> ofParts(List<PartState> parts) {
        return parts.stream()
                .filter(part -> !part.works())
                .map(
                        part ->
                                Code.CONNECTOR_DOWN.error(
                                        part.part(),
                                        "It does not work: nothing goes on that it is to do.",
                                        (part.since() == null ? "" : "since " + part.since() + ": ")
                                                + part.reason(),
                                        "Mend what it names; its task is then started again by"
                                                + " itself, within 10 s."))
                .toList();
    }
}
