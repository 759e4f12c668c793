package dev.daybook.api.rest;

import com.fasterxml.jackson.databind.JsonNode;

import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.responses.ApiResponse;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Gives each operation of the description the answer to its own examples of parameters, from {@code
 * examples.json}: a path and what it answers. An answer that is no JSON stands there as a string.
 */
final class ResponseExamples {

    private static final String FILE = "examples.json";

    private final JsonNode answers;

    ResponseExamples() {
        try (InputStream file =
                Objects.requireNonNull(
                        ResponseExamples.class.getResourceAsStream(FILE),
                        "examples.json is in the build")) {
            answers = Json31.mapper().readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds the example to the media type that the operation answers with unless asked otherwise.
     */
    void addTo(String path, ApiResponse answered) {
        JsonNode answer = answers.get(path);
        if (answer == null) {
            throw new IllegalStateException(
                    path + " has no example of its answer: add it to " + FILE);
        }
        MediaType first =
                answered.getContent().entrySet().stream()
                        .filter(type -> !type.getKey().equals(CsvLists.TYPE))
                        .findFirst()
                        .orElseThrow()
                        .getValue();
        first.setExample(answer);
    }
}
