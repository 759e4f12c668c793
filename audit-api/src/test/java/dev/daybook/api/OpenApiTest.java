package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

class OpenApiTest {

    private final ApiFixture api = ApiFixture.shared();

    private HttpResponse<String> open(String path) {
        return api.send(api.request(path).build());
    }

    @Test
    void theDescriptionListsEveryPathWithItsParametersAndProblems() {
        // When
        HttpResponse<String> response = open("/v3/api-docs");
        JsonNode description = ApiFixture.parse(response.body());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(description.at("/openapi").asString()).startsWith("3.1");
        assertThat(description.at("/servers/0/url").asString()).isEqualTo("/");
        assertThat(new TreeSet<>(description.at("/paths").propertyNames()))
                .containsExactly(
                        "/api/v1/actors",
                        "/api/v1/coverage",
                        "/api/v1/entities/{table}/{key}/diff",
                        "/api/v1/entities/{table}/{key}/history",
                        "/api/v1/entities/{table}/{key}/state",
                        "/api/v1/entries",
                        "/api/v1/entries/counts",
                        "/api/v1/entries/export",
                        "/api/v1/entries/stream",
                        "/api/v1/entries/volume",
                        "/api/v1/entries/{id}",
                        "/api/v1/evidence/entries/{id}",
                        "/api/v1/evidence/rows/{table}/{key}",
                        "/api/v1/keys",
                        "/api/v1/keys/{id}",
                        "/api/v1/reads",
                        "/api/v1/rejected",
                        "/api/v1/rejected/replay",
                        "/api/v1/rejected/{id}",
                        "/api/v1/rejected/{id}/replay",
                        "/api/v1/tables",
                        "/api/v1/tables/{table}/columns",
                        "/api/v1/tables/{table}/history",
                        "/api/v1/transactions/{source}/{id}",
                        "/api/v1/transactions/{source}/{id}/neighbours");
        description
                .at("/paths")
                .propertyStream()
                .forEach(
                        path -> {
                            for (JsonNode operation : path.getValue()) {
                                assertThat(operation.at("/summary").asString()).isNotEmpty();
                                assertThat(operation.at("/responses").propertyNames())
                                        .contains("400", "401", "429", "503")
                                        .containsAnyOf("200", "201", "204");
                                for (JsonNode parameter : operation.at("/parameters")) {
                                    assertThat(parameter.at("/description").asString())
                                            .as("%s", parameter)
                                            .isNotEmpty();
                                    assertThat(parameter.at("/schema/type").asString())
                                            .isIn("string", "integer", "boolean", "array");
                                    assertThat(parameter.at("/schema/$ref").isMissingNode())
                                            .isTrue();
                                    assertThat(parameter.at("/schema/default").isNull()).isFalse();
                                }
                            }
                        });
        assertThat(description.at("/components/securitySchemes/key/name").asString())
                .isEqualTo("X-API-Key");
        assertThat(description.at("/components/securitySchemes/bearer/scheme").asString())
                .isEqualTo("bearer");
        assertThat(description.at("/security").size()).isEqualTo(2);
        JsonNode entry = description.at("/components/schemas/Entry");
        assertThat(entry.at("/properties/old_key/type").toString()).contains("null", "string");
        assertThat(entry.at("/properties/committed_at/type").toString()).isEqualTo("\"string\"");
        assertThat(entry.at("/required").toString()).contains("changes", "before", "after");
        assertThat(description.at("/components/schemas/Change/required").toString())
                .isEqualTo("[\"field\",\"from_origin\"]");
        JsonNode csv =
                description.at("/paths/~1api~1v1~1entries/get/responses/200/content/text~1csv");
        assertThat(csv.at("/schema/type").asString()).isEqualTo("string");
        assertThat(csv.has("example")).as("JSON as an example of CSV").isFalse();
        checkReferences(description, description);
        assertThat(description.at("/components/schemas").propertyNames())
                .doesNotContain(
                        "RawJson", "TableName", "EntityKey", "Limit", "StreamingResponseBody");
    }

    /** Set {@code daybook.test.write} to have the file written anew. */
    @Test
    void theDescriptionInTheDocumentationIsTheOneThatIsServed() throws Exception {
        Path kept = Path.of("../docs/reference/openapi.json");
        String served =
                JsonMapper.builder()
                                .enable(SerializationFeature.INDENT_OUTPUT)
                                .build()
                                .writeValueAsString(ApiFixture.parse(open("/v3/api-docs").body()))
                        + "\n";
        if (Boolean.getBoolean("daybook.test.write")) {
            Files.writeString(kept, served);
        }
        assertThat(Files.readString(kept))
                .as("run this test with -Ddaybook.test.write=true")
                .isEqualToNormalizingNewlines(served);
    }

    @Test
    void aGeneratorMakesTypesOfItThatFitTheAnswers() {
        // When
        JsonNode schemas = api.json("/v3/api-docs").at("/components/schemas");

        // Then
        assertThat(schemas.at("/Row/additionalProperties/$ref").asString())
                .isEqualTo("#/components/schemas/Value");
        assertThat(schemas.at("/Value/type").isMissingNode()).isTrue();
        assertThat(schemas.at("/Entry/properties/after/anyOf/0/$ref").asString())
                .isEqualTo("#/components/schemas/Row");
        assertThat(schemas.at("/Change/properties/from/$ref").asString())
                .isEqualTo("#/components/schemas/Value");
        for (String page : new String[] {"EntryPage", "RejectedPage", "Transaction"}) {
            assertThat(schemas.at("/" + page + "/required").toString())
                    .as(page)
                    .contains("data", "next_cursor", "coverage");
            assertThat(schemas.at("/" + page + "/properties/next_cursor/type").toString())
                    .as(page)
                    .contains("null", "string");
        }
        assertThat(schemas.at("/Entry/properties/before_origin/enum").toString())
                .isEqualTo("[\"before-image\",\"previous-entry\",\"mixed\",null]");
        assertThat(schemas.at("/Problem/properties/type/enum").toString())
                .contains("urn:daybook:problem:unknown-table");
        assertThat(schemas.at("/Entry/properties/operation/enum").toString())
                .isEqualTo(
                        "[\"snapshot\",\"insert\",\"update\",\"delete\",\"truncate\",\"table-change\"]");
    }

    private static void checkReferences(JsonNode node, JsonNode root) {
        if (node.isObject() && node.has("$ref")) {
            String reference = node.get("$ref").asString();
            assertThat(root.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
        }
        node.forEach(child -> checkReferences(child, root));
    }

    @Test
    void swaggerUiIsServedWithItsOwnScriptsAlone() {
        // When
        HttpResponse<String> start = open("/swagger-ui.html");
        HttpResponse<String> page =
                open(start.headers().firstValue("Location").orElse("/swagger-ui/index.html"));

        // Then
        assertThat(start.statusCode()).isIn(302, 200);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("swagger-ui-bundle.js");
        for (String file :
                Set.of(
                        "swagger-ui-bundle.js",
                        "swagger-ui-standalone-preset.js",
                        "swagger-initializer.js",
                        "swagger-ui.css",
                        "index.css")) {
            assertThat(open("/swagger-ui/" + file).statusCode()).as(file).isEqualTo(200);
        }
        assertThat(open("/v3/api-docs/swagger-config").body()).contains("/v3/api-docs");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("script-src 'self'")
                .contains("frame-ancestors 'none'");
        // Nothing in the page needs more than the policy gives.
        assertThat(page.body()).doesNotContain("<script>").doesNotContain("onload=");
    }
}
