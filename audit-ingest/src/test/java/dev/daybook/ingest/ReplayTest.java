package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Rejected records on their way back, on a real broker and a real audit database. The test stores
 * what the sink would.
 */
class ReplayTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir static Path directory;

    private static EmbeddedBroker broker;
    private static EmbeddedPostgres postgres;

    /** The lines of the fixture. */
    private static List<JsonNode> records;

    @BeforeAll
    static void start() throws Exception {
        broker = new EmbeddedBroker(directory.resolve("kafka"));
        postgres = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
        records =
                Files.readAllLines(Path.of("src/test/resources/changes/debezium.ndjson")).stream()
                        .map(JSON::readTree)
                        .toList();
        try (Stream<Path> migrations = Files.list(Path.of("../db/migrations"))) {
            for (Path migration :
                    migrations.sorted(Comparator.comparingInt(ReplayTest::version)).toList()) {
                execute("begin; " + Files.readString(migration) + "; commit");
            }
        }
        execute("alter role daybook_reader password 'reader'");
    }

    private static int version(Path migration) {
        String name = migration.getFileName().toString();
        return Integer.parseInt(name.substring(1, name.indexOf("__")));
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
        broker.close();
    }

    @Test
    void afterTheCauseIsMendedARejectedRecordBecomesTheEntryThatItShouldHaveBeen()
            throws SQLException {
        try (LiveIngest ingest = ingest("mended", Map.of())) {
            send(ingest, 0, 4);
            send(ingest, 1, 7);
            List<JsonNode> rejected = ingest.read("rejected", 2);
            store(rejected);

            // Not mended yet: rejected for the same reason, and stored under the same id.
            request(rejected.get(0));
            JsonNode again = outcome(ingest, 1);
            assertThat(again.get("outcome").asString()).isEqualTo("rejected");
            assertThat(again.get("code").asString()).isEqualTo("wrong-format");
            assertThat(ingest.read("rejected", 3).get(2).get("id"))
                    .isEqualTo(rejected.get(0).get("id"));

            ingest.restart(Map.of("daybook.ingest.sources.shop.format", "debezium"));
            // Changes of after are recorded before those that come late.
            send(ingest, 0, 12);
            ingest.entries(1);
            request(rejected.get(0));
            request(rejected.get(1));
            assertThat(outcome(ingest, 2).get("outcome").asString()).isEqualTo("replayed");
            assertThat(outcome(ingest, 3).get("outcome").asString()).isEqualTo("replayed");
            List<JsonNode> entries = ingest.entries(3).subList(1, 3);
            JsonNode update = of(entries, 763);
            JsonNode keyChange = of(entries, 764);
            assertThat(update.get("entity_key").asString()).isEqualTo("2");
            assertThat(keyChange.get("old_entity_key").asString())
                    .as("the header with the former key is kept")
                    .isEqualTo("2");
            assertThat(ingest.kind("replay", 3).get(1).get("entry_id"))
                    .isIn(update.get("id"), keyChange.get("id"));

            // The same records read rightly from the start have the same identity and place.
            send(ingest, 0, 4);
            send(ingest, 1, 7);
            List<JsonNode> read = ingest.entries(5).subList(3, 5);
            assertThat(read).containsExactlyInAnyOrder(update, keyChange);
            assertThat(ingest.count("daybook.ingest.replayed", "outcome", "update")).isEqualTo(2);
            assertThat(ingest.read("rejected", 3)).hasSize(3);
        }
    }

    @Test
    void aReplayThatAProcessTakesWithItIsTakenUpByTheNext() throws SQLException {
        try (LiveIngest ingest = ingest("interrupted", Map.of())) {
            send(ingest, 0, 4);
            List<JsonNode> rejected = ingest.read("rejected", 1);
            store(rejected);

            // The request is stored while no ingest runs that could answer it.
            ingest.restart(
                    Map.of(
                            "daybook.ingest.sources.shop.format",
                            "debezium",
                            "daybook.ingest.replay.url",
                            "jdbc:postgresql://127.0.0.1:1/nowhere"));
            request(rejected.getFirst());
            ingest.restart(Map.of("daybook.ingest.replay.url", url()));
            assertThat(ingest.kind("replay", 1)).hasSize(1);
            // Its outcome was not stored before the next start: it is replayed twice.
            ingest.restart();

            List<JsonNode> entries = ingest.entries(2);
            assertThat(entries.get(1)).isEqualTo(entries.get(0));
            List<JsonNode> outcomes = ingest.kind("replay", 2);
            assertThat(outcomes.get(1)).isEqualTo(outcomes.get(0));
            storeOutcome(outcomes.get(0));
        }
    }

    @Test
    void aRecordThatIsNotKeptWholeIsReadWhereItStandsOrSaidToBeGone() throws SQLException {
        try (LiveIngest ingest =
                ingest("withheld", Map.of("daybook.ingest.rejected-values", "false"))) {
            send(ingest, 0, 4);
            send(ingest, 1, 7);
            List<JsonNode> rejected = ingest.read("rejected", 2);
            assertThat(rejected)
                    .allSatisfy(one -> assertThat(one.get("record_value").isNull()).isTrue());
            store(rejected);
            execute(
                    """
                    insert into audit.rejected (id, rejected_at, stage, code, reason, topic, partition, record_offset,
                      record_time)
                    select gen_random_uuid(), now(), stage, 'other', reason, topic, partition, record_offset + other,
                      case other when 0 then record_time + interval '1 second' else record_time end
                    from audit.rejected cross join generate_series(0, 1) as other where topic = 'withheld.changes'
                      and partition = 0\
                    """);

            ingest.restart(Map.of("daybook.ingest.sources.shop.format", "debezium"));
            rejected.forEach(this::request);
            outcome(ingest, 1);
            outcome(ingest, 2);
            assertThat(ingest.entries(2))
                    .extracting(e -> e.get("entity_key").asString())
                    .containsExactlyInAnyOrder("2", "3");

            // Another record stands there by now, or none.
            execute(
                    """
                    insert into audit.replay (id, rejected_id, requested_by)
                    select gen_random_uuid(), id, 'test' from audit.rejected where code = 'other'\
                    """);
            for (int n = 3; n <= 4; n++) {
                JsonNode gone = outcome(ingest, n);
                assertThat(gone.get("outcome").asString()).isEqualTo("unavailable");
                assertThat(gone.get("reason").asString()).contains("withheld.changes-0@");
            }
            assertThat(ingest.entries(2)).hasSize(2);
        }
    }

    private LiveIngest ingest(String name, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("daybook.ingest.replay.url", url());
        settings.put("daybook.ingest.replay.user", "daybook_reader");
        settings.put("daybook.ingest.replay.password", "reader");
        return new LiveIngest(broker, directory, name, settings);
    }

    private static String url() {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
    }

    /** Sends a line of the fixture. */
    private static void send(LiveIngest ingest, int partition, int line) {
        JsonNode record = records.get(line - 1);
        Map<String, String> headers = new HashMap<>();
        record.get("headers")
                .propertyStream()
                .forEach(header -> headers.put(header.getKey(), header.getValue().asString()));
        JsonNode key = record.get("key");
        ingest.send(
                partition,
                key.isNull() ? null : key.toString(),
                record.get("value").toString(),
                headers);
    }

    private static JsonNode of(List<JsonNode> entries, long transaction) {
        return entries.stream()
                .filter(entry -> entry.get("transaction_id").asLong() == transaction)
                .findFirst()
                .orElseThrow();
    }

    /** Returns the outcome of that number, and stores those that came, as the sink does. */
    private JsonNode outcome(LiveIngest ingest, int number) throws SQLException {
        List<JsonNode> outcomes = ingest.kind("replay", number);
        for (JsonNode outcome : outcomes) {
            storeOutcome(outcome);
        }
        return outcomes.get(number - 1);
    }

    private void request(JsonNode rejected) {
        UUID id = UUID.randomUUID();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "select * from audit.request_replays(array[?::uuid], array[?::uuid], 'test')")) {
            statement.setObject(1, id);
            statement.setObject(2, UUID.fromString(rejected.get("id").asString()));
            assertThat(statement.executeQuery().next()).as("the request is taken").isTrue();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void store(List<JsonNode> rejected) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                insert into audit.rejected (id, rejected_at, source, stage, code, reason, topic,
                                  partition, record_offset, record_key, record_value, record_headers, record_time)
                                values (?::uuid, ?::timestamptz, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?::timestamptz)
                                on conflict do nothing\
                                """)) {
            for (JsonNode one : rejected) {
                String[] texts = {
                    "id", "rejected_at", "source", "stage", "code", "reason", "topic"
                };
                for (int i = 0; i < texts.length; i++) {
                    statement.setString(i + 1, one.get(texts[i]).asString());
                }
                statement.setInt(8, one.get("partition").asInt());
                statement.setLong(9, one.get("record_offset").asLong());
                statement.setBytes(10, bytes(one.get("record_key")));
                statement.setBytes(11, bytes(one.get("record_value")));
                JsonNode headers = one.get("record_headers");
                statement.setString(12, headers == null ? null : headers.toString());
                statement.setString(13, one.get("record_time").asString());
                statement.execute();
            }
        }
    }

    private static void storeOutcome(JsonNode outcome) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                insert into audit.replay_outcome (replay_id, rejected_id, outcome)
                                values (?::uuid, ?::uuid, ?) on conflict do nothing\
                                """)) {
            statement.setString(1, outcome.get("replay_id").asString());
            statement.setString(2, outcome.get("rejected_id").asString());
            statement.setString(3, outcome.get("outcome").asString());
            statement.execute();
        }
    }

    private static byte @Nullable [] bytes(JsonNode base64) {
        return base64.isNull()
                ? null
                : Base64.getDecoder().decode(base64.asString().getBytes(StandardCharsets.US_ASCII));
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
