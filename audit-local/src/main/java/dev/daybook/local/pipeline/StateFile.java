package dev.daybook.local.pipeline;

import dev.daybook.local.OwnerOnly;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the states of the parts in {@code state.json} of the data directory, from where {@code
 * daybook status} reads them in another process.
 */
public final class StateFile {

    /** How often a pipeline writes its state even if it has not changed. */
    static final Duration BEAT = Duration.ofSeconds(5);

    private static final Duration STALE = BEAT.multipliedBy(4);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private StateFile() {}

    static void write(DataDirectory directory, List<PartState> parts, Instant now)
            throws IOException {
        ObjectNode document = JSON.createObjectNode().put("at", now.toString());
        ArrayNode array = document.putArray("parts");
        for (PartState part : parts) {
            array.addObject()
                    .put("part", part.part())
                    .put("works", part.works())
                    .put("reason", part.reason())
                    .put("since", part.since() == null ? null : part.since().toString());
        }
        OwnerOnly.write(file(directory), document.toString().getBytes(StandardCharsets.UTF_8));
    }

    static void delete(DataDirectory directory) throws IOException {
        Files.deleteIfExists(file(directory));
    }

    /** Returns the states that a running pipeline wrote last; a failure if that was long ago. */
    public static List<PartState> read(DataDirectory directory, Instant now) {
        List<PartState> parts = new ArrayList<>();
        Instant at;
        try {
            JsonNode document = JSON.readTree(Files.readAllBytes(file(directory)));
            at = Instant.parse(document.path("at").asString());
            for (JsonNode part : document.path("parts")) {
                JsonNode since = part.path("since");
                parts.add(
                        new PartState(
                                part.path("part").asString(),
                                part.path("works").asBoolean(),
                                part.path("reason").asString(),
                                since.isString() ? Instant.parse(since.asString()) : null));
            }
        } catch (IOException | JacksonException | DateTimeParseException e) {
            return List.of(PartState.failed("connectors", "their state is unknown: no state.json"));
        }
        if (Duration.between(at, now).compareTo(STALE) > 0) {
            parts.add(
                    PartState.failed("process", "it has not written its state since then")
                            .since(at));
        }
        return parts;
    }

    private static Path file(DataDirectory directory) {
        return directory.root().resolve("state.json");
    }
}
