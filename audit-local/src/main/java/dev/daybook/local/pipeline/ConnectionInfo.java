package dev.daybook.local.pipeline;

import dev.daybook.local.OwnerOnly;
import dev.daybook.local.UserError;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a running pipeline is reached; {@code connection.json} in its data directory.
 *
 * @param api the API's base URL, with {@code /api/v1}
 * @param apiKey the key the API asks for
 * @param swagger Swagger UI
 * @param sourceUrl the source database, a URL that psql takes, with password
 * @param auditUrl the audit database for reading, likewise
 * @param kafka the broker's bootstrap address
 * @param kafkaUser the user of SASL PLAIN
 * @param kafkaPassword its password
 * @param ingest the ingest's health and metrics
 * @param pid the process that runs it all
 */
public record ConnectionInfo(
        String api,
        String apiKey,
        String swagger,
        String sourceUrl,
        String auditUrl,
        String kafka,
        String kafkaUser,
        String kafkaPassword,
        String ingest,
        long pid) {

    /** Returns the viewer's address. */
    public String viewer() {
        return api.substring(0, api.length() - "/api/v1".length()) + "/view";
    }

    void write(Path file) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("api", api);
        members.put("api_key", apiKey);
        members.put("swagger", swagger);
        members.put("source_url", sourceUrl);
        members.put("audit_url", auditUrl);
        members.put("kafka", kafka);
        members.put("kafka_user", kafkaUser);
        members.put("kafka_password", kafkaPassword);
        members.put("ingest", ingest);
        members.put("pid", pid);
        String json =
                JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(members);
        OwnerOnly.write(file, (json + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Reads what {@link #write} wrote. */
    public static ConnectionInfo read(Path file) {
        if (!Files.exists(file)) {
            throw new UserError(
                    "Nothing is running on " + file.toAbsolutePath().getParent() + ".",
                    "Start it with ./daybook up.");
        }
        JsonNode json = JsonMapper.builder().build().readTree(file);
        return new ConnectionInfo(
                json.path("api").asString(),
                json.path("api_key").asString(),
                json.path("swagger").asString(),
                json.path("source_url").asString(),
                json.path("audit_url").asString(),
                json.path("kafka").asString(),
                json.path("kafka_user").asString(),
                json.path("kafka_password").asString(),
                json.path("ingest").asString(),
                json.path("pid").asLong());
    }

    /** Without its secrets. */
    @Override
    public String toString() {
        return "ConnectionInfo[api=" + api + ", kafka=" + kafka + ", pid=" + pid + "]";
    }
}
