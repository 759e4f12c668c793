package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The examples of the description: those of parameters are answered at once on a log like the
 * demo's, and those of answers have the members of what is answered, no more and no less.
 */
class ExamplesTest {

    private static ApiFixture api;

    @BeforeAll
    static void start() {
        api = ApiFixture.start(DemoLog.create());
    }

    @AfterAll
    static void close() {
        api.close();
    }

    @TestFactory
    Stream<DynamicTest> everyOperationAnswersItsExamplesAsItsExampleOfAnAnswerSays() {
        return api.json("/v3/api-docs")
                .at("/paths")
                .propertyStream()
                // A stream has no end, and a pack is a file of a log that is sealed.
                .filter(operation -> !operation.getKey().endsWith("/stream"))
                .filter(operation -> !operation.getKey().startsWith("/api/v1/evidence"))
                .filter(operation -> operation.getValue().has("get"))
                .map(
                        operation ->
                                DynamicTest.dynamicTest(
                                        operation.getKey(),
                                        () -> check(operation.getKey(), operation.getValue())));
    }

    private static void check(String path, JsonNode operations) {
        // When
        String method = operations.propertyNames().stream().findFirst().orElseThrow();
        JsonNode operation = operations.get(method);
        String request = request(path, operation.at("/parameters"));
        HttpResponse<String> response =
                api.send(
                        api.request(request)
                                .header("Authorization", "Bearer " + ApiFixture.KEY)
                                .method(
                                        method.toUpperCase(Locale.ROOT),
                                        HttpRequest.BodyPublishers.noBody())
                                .build());
        String body = response.body();
        JsonNode content = operation.at("/responses/200/content");
        JsonNode example = content.at("/" + type(content).replace("/", "~1") + "/example");

        // Then
        assertThat(response.statusCode()).as("%s: %s", request, body).isEqualTo(200);
        if (example.isString()) {
            String[] lines = body.lines().toArray(String[]::new);
            String[] expected = example.asString().lines().toArray(String[]::new);
            compare(ApiFixture.parse(lines[0]), ApiFixture.parse(expected[0]), request);
            compare(
                    ApiFixture.parse(lines[lines.length - 1]),
                    ApiFixture.parse(expected[expected.length - 1]),
                    request);
        } else {
            compare(ApiFixture.parse(body), example, request);
        }
    }

    private static String type(JsonNode content) {
        return content.propertyNames().stream()
                .filter(type -> !type.equals("text/csv"))
                .findFirst()
                .orElseThrow();
    }

    private static String request(String path, JsonNode parameters) {
        String target = path;
        StringBuilder query = new StringBuilder();
        for (JsonNode parameter : parameters) {
            String name = parameter.at("/name").asString();
            if (!parameter.at("/required").asBoolean()) {
                continue;
            }
            String value = name.equals("id") ? id(path) : parameter.at("/example").asString();
            if (parameter.at("/in").asString().equals("path")) {
                target = target.replace("{" + name + "}", ApiFixture.encoded(value));
            } else {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(ApiFixture.encoded(value));
            }
        }
        return target + query;
    }

    /** An id has no example: every log has others. */
    private static String id(String path) {
        if (path.startsWith("/api/v1/rejected")) {
            return DemoLog.REJECTED.toString();
        }
        return path.startsWith("/api/v1/entries")
                ? DemoLog.repriced().id().toString()
                : Long.toString(DemoLog.TRANSACTION);
    }

    /** Compares the members of objects, and of the first elements of arrays. */
    private static void compare(JsonNode answer, JsonNode example, String where) {
        if (answer.isObject() && example.isObject()) {
            assertThat(new TreeSet<>(example.propertyNames()))
                    .as("%s: %s", where, answer)
                    .isEqualTo(new TreeSet<>(answer.propertyNames()));
            example.propertyStream()
                    .forEach(
                            member ->
                                    compare(
                                            answer.get(member.getKey()),
                                            member.getValue(),
                                            where + " " + member.getKey()));
        } else if (answer.isArray() && example.isArray()) {
            if (!answer.isEmpty() && !example.isEmpty()) {
                compare(answer.get(0), example.get(0), where + " 0");
            }
        } else if (!answer.isNull() && !example.isNull()) {
            assertThat(answer.getNodeType())
                    .as("%s: %s, %s", where, answer, example)
                    .isEqualTo(example.getNodeType());
        }
    }
}
