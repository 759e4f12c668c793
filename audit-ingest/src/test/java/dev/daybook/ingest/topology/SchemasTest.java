package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds what is written to the schemas in docs/reference/schemas. */
class SchemasTest {

    private static final Path FIXTURES = Path.of("src/test/resources/changes");

    @Test
    void everyRecordWrittenFitsItsSchema() throws IOException {
        try (TopologyFixture ingest = new TopologyFixture()) {
            for (String record :
                    Files.readAllLines(
                            FIXTURES.resolve("connector.ndjson"), StandardCharsets.UTF_8)) {
                ingest.send(
                        record,
                        Map.of("daybook.key", "[\"id\"]", "daybook.unchanged", "[\"photo\"]"));
            }
            for (String record :
                    Files.readAllLines(FIXTURES.resolve("dms.ndjson"), StandardCharsets.UTF_8)) {
                ingest.send(record);
            }
            ingest.send("not json");

            Schema entries = schema("entries");
            Schema watermarks = schema("watermarks");
            Schema positions = schema("positions");
            Schema gaps = schema("gaps");
            Set<String> kinds = new HashSet<>();
            for (TopologyFixture.Out out : ingest.read("entries")) {
                String kind = out.headers.getOrDefault("daybook.kind", "entry");
                kinds.add(kind);
                fits(
                        switch (kind) {
                            case "watermark" -> watermarks;
                            case "position" -> positions;
                            case "gap" -> gaps;
                            default -> entries;
                        },
                        out.value);
            }
            assertThat(kinds).containsExactlyInAnyOrder("entry", "watermark", "position", "gap");
            for (String topic : List.of("transactions", "tables", "rejected")) {
                List<TopologyFixture.Out> written = ingest.read(topic);
                assertThat(written).as(topic).isNotEmpty();
                Schema schema = schema(topic);
                written.forEach(out -> fits(schema, out.value));
            }
        }
    }

    @Test
    void theConnectorsRecordsOfTheFixturesFitTheSchemaOfChanges() throws IOException {
        Schema changes = schema("changes");
        for (String record :
                Files.readAllLines(FIXTURES.resolve("connector.ndjson"), StandardCharsets.UTF_8)) {
            fits(changes, TopologyFixture.JSON.readTree(record));
        }
    }

    @Test
    void aRecordThatStraysIsNoticed() throws IOException {
        JsonNode stray =
                TopologyFixture.JSON.readTree("{\"source\":\"shop\",\"changes_partition\":-1}");

        assertThat(schema("watermarks").validate(stray)).isNotEmpty();
    }

    private static Schema schema(String name) throws IOException {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Files.readString(Path.of("../docs/reference/schemas", name + ".json")));
    }

    private static void fits(Schema schema, JsonNode value) {
        assertThat(schema.validate(value)).as(value::toString).isEmpty();
    }
}
