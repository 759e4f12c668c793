package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.RecordHeader;
import dev.daybook.ingest.IngestApplication;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;
import dev.daybook.local.FreePorts;
import dev.daybook.local.kafka.ConnectWorker;
import dev.daybook.local.kafka.KafkaBroker;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * The real Debezium connector, with schemas and without, on the worker against a real source: the
 * entries are what the oracle saw, change by change, and what its records do not tell is unknown.
 * {@code -Ddaybook.debezium.statements=1000 -Ddaybook.seed=N} makes a long run of it.
 */
class DebeziumTest {

    /** How many statements are run before the worker's restart, and after it. */
    private static final int STATEMENTS = Integer.getInteger("daybook.debezium.statements", 30);

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** A text that PostgreSQL keeps out of line, so that an update that leaves it lacks it. */
    private static final String OUT_OF_LINE = "repeat(md5(random()::text), 400)";

    /** The columns of the table beside its key: type, then values as SQL. */
    private static final Map<String, List<String>> COLUMNS = new LinkedHashMap<>();

    /** PostgreSQL's texts of intervals and far times, and what the connector writes for them. */
    private static final Map<String, String> CONNECTORS_SPELLINGS =
            Map.of(
                    "1 day 02:03:04", "P0Y0M1DT2H3M4S",
                    "1 year 2 mons -3 days +04:05:06.78", "P1Y2M-3DT4H5M6.78S",
                    "-1 mons", "P0Y-1M0DT0H0M0S",
                    "00:00:00", "P0Y0M0DT0H0M0S",
                    "0044-03-15 12:00:00+00 BC", "-0043-03-15T12:00:00.000000Z",
                    "12000-01-01 00:00:00+00", "+12000-01-01T00:00:00.000000Z");

    static {
        column(
                "label text",
                "''",
                "'calm'",
                "'äöü \"q\" \\ '",
                "E'a\\nb'",
                "'" + "x".repeat(9) + "'");
        column("weight numeric(8,3)", "null", "0", "-12.5", "99999.999");
        column(
                "price numeric",
                "12.25",
                "1e30",
                "-0.0000001",
                "null",
                "123456789012345678901234567890.123");
        column("note text", OUT_OF_LINE, "'short'", "null");
        column("doc jsonb", "'{\"a\": [1, 2.50]}'", "'null'", "null");
        column(
                "sent_at timestamptz",
                "'2026-03-01 08:00:00.123456+02'",
                "'infinity'",
                "'0044-03-15 12:00:00 BC'",
                "'12000-01-01 00:00:00+00'");
        column(
                "booked_at timestamp",
                "'2026-03-01 08:00:00.1'",
                "'infinity'",
                "'-infinity'",
                "'0044-03-15 12:00:00 BC'",
                "'1969-12-31 23:59:59.999999'");
        column("booked_ms timestamp(3)", "'2026-03-01 08:00:00.123'", "null");
        column(
                "due date",
                "'2026-03-05'",
                "'1969-12-31'",
                "'infinity'",
                "'-infinity'",
                "'0044-03-15 BC'",
                "'12000-01-01'");
        column("slot time", "'10:11:12.5'", "'24:00:00'", "'00:00:00'");
        column(
                "wait interval",
                "'1 day 02:03:04'",
                "'1 year 2 mons -3 days 04:05:06.78'",
                "'-1 mon'",
                "'00:00:00'");
        column("tags text[]", "'{x,y}'", "'{}'", "'{\"a b\",NULL,\"null\",\"q\\\"\"}'", "null");
        column("numbers int[]", "'{1,2,NULL}'", "'{}'");
        column("photo bytea", "'\\x0102ff'", "'\\x'", "decode(repeat('ab', 5000), 'hex')", "null");
        column("fragile boolean", "true", "false", "null");
        column("uid uuid", "'00000000-0000-4000-8000-000000000001'", "null");
        column("ratio double precision", "0.1", "1e20", "-1e-7", "'NaN'", "'-Infinity'", "100000");
        column("share real", "0.1", "1e10", "123456", "1234567", "null");
        column("small smallint", "-7", "null");
        column("state mood", "'calm'", "'busy'");
        column("span int4range", "'[1,5)'", "'empty'");
        column("host inet", "'10.0.0.1/8'", "null");
    }

    private static void column(String column, String... values) {
        COLUMNS.put(column, List.of(values));
    }

    /** How many rows the table has before the connector takes its snapshot. */
    private static final int ROWS_BEFORE = 5;

    @TempDir Path directory;

    private final Random random = new Random(Long.getLong("daybook.seed", 1L));
    private final List<String> wrong = new ArrayList<>();
    private int lastId = 1_000;

    @Test
    void entriesAreWhatTheOracleSaw() throws Exception {
        try (SourceServer source = SourceServer.start(directory);
                KafkaBroker broker =
                        KafkaBroker.start(
                                directory.resolve("kafka"),
                                FreePorts.one(),
                                FreePorts.one(),
                                "debezium")) {
            try (Connection connection = source.connect()) {
                prepare(connection);
                Path offsets = directory.resolve("offsets");
                try (ConfigurableApplicationContext ingest = ingest(broker)) {
                    assertThat(ingest.isRunning()).isTrue();
                    try (ConnectWorker worker = worker(broker, source, offsets)) {
                        entries(broker, ROWS_BEFORE);
                        work(connection, STATEMENTS);
                        entries(broker, truth(connection).size() - STATEMENTS / 2);
                        assertThat(worker.failures("shop")).isEmpty();
                    }
                    // What was sent and not yet noted is sent again.
                    try (ConnectWorker worker = worker(broker, source, offsets)) {
                        work(connection, STATEMENTS);
                        List<Truth.Change> truth = truth(connection);
                        compare(truth, entries(broker, truth.size()));
                        assertThat(worker.failures("bare")).isEmpty();
                    }
                    assertThat(records(broker, "rejected", 1)).isEmpty();
                    countsAreHeld(broker);
                }
            }
        }
    }

    /**
     * Of all transactions nothing is missing, for all that was sent again, nor is anything of
     * earlier ones when one more is said to have had a change that there is not.
     */
    private static void countsAreHeld(KafkaBroker broker) throws Exception {
        Map<String, Object> client = new HashMap<>(broker.clientSettings());
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(client, new StringSerializer(), new StringSerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    "shop.transaction",
                                    """
                                    {"status":"END","id":"99999999:9000000000000000","event_count":1,\
                                    "data_collections":[{"data_collection":"app.items","event_count":1}],\
                                    "ts_ms":1795641790223}\
                                    """))
                    .get();
        }
        Instant end = Instant.now(Clock.systemUTC()).plus(PATIENCE);
        List<String> gaps = List.of();
        while (gaps.isEmpty()) {
            assertThat(Instant.now(Clock.systemUTC())).as("a gap").isBefore(end);
            gaps = records(broker, "entries", 1, RecordHeader.GAP);
        }
        assertThat(gaps).singleElement().asString().contains("transaction 99999999", "app.items");
    }

    /** Returns what the oracle saw of the table, in the order of its history. */
    private static List<Truth.Change> truth(Connection connection) throws SQLException {
        return Oracle.read(connection).changes();
    }

    private void compare(List<Truth.Change> truth, Map<String, List<Map<String, String>>> entries) {
        for (String capture : List.of("shop", "bare")) {
            List<Map<String, String>> log = entries.getOrDefault(capture, List.of());
            assertThat(log).as("entries of " + capture).hasSize(truth.size());
            int unknown = 0;
            for (int i = 0; i < log.size(); i++) {
                Truth.Change change = truth.get(i);
                String operation = i < ROWS_BEFORE ? "snapshot" : change.operation();
                unknown += compare(capture + " " + i, operation, change, log.get(i));
            }
            assertThat(wrong).isEmpty();
            // Schemas tell everything but unchanged values out of line.
            if (capture.equals("shop")) {
                assertThat(unknown).isLessThan(log.size());
            }
        }
    }

    /** Compares one entry; returns how many of its columns are unknown. */
    private int compare(
            String place, String operation, Truth.Change change, Map<String, String> entry) {
        String key = id(change.row());
        String where = place + " " + operation + " of " + key;
        assertThat(FlatJson.scalar(member(entry, "operation"))).as(where).isEqualTo(operation);
        assertThat(FlatJson.scalar(member(entry, "entity_key"))).as(where).isEqualTo(key);
        assertThat(member(entry, "old_entity_key"))
                .as(where)
                .isEqualTo(change.movesKey() ? '"' + id(change.before()) + '"' : "null");
        Map<String, @Nullable String> row = change.after();
        if (row == null) {
            assertThat(member(entry, "before")).as(where).isEqualTo("{\"id\":" + key + "}");
            return 0;
        }
        boolean schemas = place.startsWith("shop");
        Map<String, String> after = FlatJson.object(member(entry, "after"));
        int unknown = 0;
        for (Map.Entry<String, Truth.Column> column : change.shape().entrySet()) {
            String name = column.getKey();
            String text = row.get(name);
            String token = after.get(name);
            if (token == null) {
                assertThat(member(entry, "unknown_columns")).as(where).contains('"' + name + '"');
                if (schemas && !mayBeUnknown(name, text)) {
                    wrong.add(where + ": unknown " + name + ", which was " + text);
                }
                unknown++;
            } else if (!same(column.getValue().type(), text, token)
                    && !hasLostItsEra(operation, text)
                    && (schemas || !isAsItCame(text, token))) {
                wrong.add(where + ": " + name + " was " + text + " and is " + token);
            }
        }
        return unknown;
    }

    private static String id(@Nullable Map<String, @Nullable String> row) {
        return String.valueOf(row == null ? null : row.get("id"));
    }

    /** Unchanged values out of line, and what the connector writes for a time without end. */
    private static boolean mayBeUnknown(String column, @Nullable String text) {
        return column.equals("note")
                || column.equals("photo")
                || List.of("booked_at", "due").contains(column)
                        && text != null
                        && text.endsWith("infinity");
    }

    /** The connector's snapshot leaves the era of a date out, and nothing in the record tells. */
    private static boolean hasLostItsEra(String operation, @Nullable String text) {
        return operation.equals("snapshot") && text != null && text.matches("\\d+-\\d+-\\d+ BC");
    }

    /** Without a schema nothing tells a time or an interval from a text, which is kept. */
    private static boolean isAsItCame(@Nullable String text, String token) {
        String came = text == null ? null : CONNECTORS_SPELLINGS.get(text);
        return came != null && FlatJson.scalar(token).equals(came);
    }

    /** A numeric without a scale has lost the zeros at the end of its fraction. */
    private static boolean same(String type, @Nullable String text, String token) {
        return Value.same(type, text, token)
                || type.equals("numeric")
                        && text != null
                        && new BigDecimal(text).compareTo(new BigDecimal(token)) == 0;
    }

    private void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set timezone = 'UTC'");
            statement.execute("create schema app");
            statement.execute("create type mood as enum ('calm', 'busy')");
            statement.execute(
                    "create table app.items (id bigint primary key, "
                            + String.join(", ", COLUMNS.keySet())
                            + ")");
            statement.execute("alter table app.items alter column note set storage external");
            statement.execute("alter table app.items alter column photo set storage external");
        }
        Oracle.install(connection);
        Oracle.watch(connection, "app.items");
        for (int id = 1; id <= ROWS_BEFORE; id++) {
            insert(connection, id);
        }
    }

    private void work(Connection connection, int statements) throws SQLException {
        connection.setAutoCommit(false);
        for (int i = 0; i < statements; i++) {
            List<String> ids = ids(connection);
            String id = ids.get(random.nextInt(ids.size()));
            switch (random.nextInt(8)) {
                case 0, 1 -> insert(connection, ++lastId);
                case 2 -> {
                    if (ids.size() > 3) {
                        execute(connection, "delete from app.items where id = " + id);
                    }
                }
                case 3 ->
                        execute(
                                connection,
                                "update app.items set id = " + ++lastId + " where id = " + id);
                default -> {
                    List<String> columns = new ArrayList<>(COLUMNS.keySet());
                    String column = columns.get(random.nextInt(columns.size()));
                    execute(
                            connection,
                            "update app.items set "
                                    + column.substring(0, column.indexOf(' '))
                                    + " = "
                                    + valueOf(column)
                                    + " where id = "
                                    + id);
                }
            }
            if (random.nextInt(3) == 0) {
                connection.commit();
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private void insert(Connection connection, int id) throws SQLException {
        List<String> values = new ArrayList<>();
        COLUMNS.keySet().forEach(column -> values.add(valueOf(column)));
        execute(
                connection,
                "insert into app.items values (" + id + ", " + String.join(", ", values) + ")");
    }

    private String valueOf(String column) {
        List<String> values = COLUMNS.getOrDefault(column, List.of());
        return values.get(random.nextInt(values.size()));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> ids(Connection connection) throws SQLException {
        List<String> ids = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select id from app.items order by id")) {
            while (row.next()) {
                ids.add(row.getString(1));
            }
        }
        return ids;
    }

    private static ConnectWorker worker(KafkaBroker broker, SourceServer source, Path offsets) {
        ConnectWorker worker = ConnectWorker.start(broker.clientSettings(), offsets);
        worker.run("shop", connector(source, "shop", true));
        worker.run("bare", connector(source, "bare", false));
        return worker;
    }

    private static Map<String, String> connector(
            SourceServer source, String prefix, boolean schemas) {
        URI url = URI.create(source.url());
        String[] login = url.getUserInfo().split(":", 2);
        Map<String, String> settings = new HashMap<>();
        settings.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        settings.put("tasks.max", "1");
        settings.put("database.hostname", url.getHost());
        settings.put("database.port", String.valueOf(url.getPort()));
        settings.put("database.user", login[0]);
        settings.put("database.password", login[1]);
        settings.put("database.dbname", url.getPath().substring(1));
        settings.put("topic.prefix", prefix);
        settings.put("plugin.name", "pgoutput");
        settings.put("slot.name", "debezium_" + prefix);
        settings.put("publication.name", "debezium_" + prefix);
        settings.put("publication.autocreate.mode", "filtered");
        settings.put("table.include.list", "app\\.items");
        settings.put("snapshot.mode", "initial");
        settings.put("provide.transaction.metadata", "true");
        settings.put("skipped.operations", "none");
        settings.put("heartbeat.interval.ms", "1000");
        settings.put("interval.handling.mode", "string");
        settings.put("topic.creation.default.replication.factor", "1");
        settings.put("topic.creation.default.partitions", "2");
        for (String part : List.of("key", "value")) {
            settings.put(part + ".converter", "org.apache.kafka.connect.json.JsonConverter");
            settings.put(part + ".converter.schemas.enable", String.valueOf(schemas));
        }
        return settings;
    }

    private ConfigurableApplicationContext ingest(KafkaBroker broker) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("logging.level.root", "error");
        settings.put("spring.main.web-application-type", "none");
        for (String prefix : List.of("shop", "bare")) {
            String source = "daybook.ingest.sources." + prefix;
            settings.put(source + ".format", "debezium");
            settings.put(source + ".follow-chain", "true");
            settings.put(
                    source + ".topic-pattern", prefix + "\\..*|__debezium-heartbeat\\." + prefix);
        }
        settings.put("daybook.ingest.topics.entries.partitions", 1);
        settings.put("daybook.ingest.chain-wait", "5s");
        settings.put("daybook.ingest.state-dir", directory.resolve("streams").toString());
        settings.put("daybook.ingest.commit-interval", "100ms");
        settings.put("spring.kafka.streams.properties.main.consumer.metadata.max.age.ms", "500");
        broker.clientSettings()
                .forEach(
                        (name, value) ->
                                settings.put(
                                        name.equals("bootstrap.servers")
                                                ? "spring.kafka.bootstrap-servers"
                                                : "spring.kafka.properties." + name,
                                        value));
        return IngestApplication.builder(settings).run();
    }

    /**
     * Returns each source's entries in the order of its history, each once, as soon as every source
     * has that many.
     */
    private Map<String, List<Map<String, String>>> entries(KafkaBroker broker, int count) {
        Instant end = Instant.now(Clock.systemUTC()).plus(PATIENCE);
        while (true) {
            Map<String, Map<String, Map<String, String>>> bySource = new HashMap<>();
            for (String value : records(broker, "entries", 1)) {
                Map<String, String> entry = members(value);
                bySource.computeIfAbsent(
                                FlatJson.scalar(member(entry, "source")), source -> new HashMap<>())
                        .put(member(entry, "id"), entry);
            }
            boolean enough =
                    bySource.size() == 2
                            && bySource.values().stream().allMatch(all -> all.size() >= count);
            if (enough || Instant.now(Clock.systemUTC()).isAfter(end)) {
                Map<String, List<Map<String, String>>> ordered = new HashMap<>();
                bySource.forEach(
                        (source, all) ->
                                ordered.put(
                                        source,
                                        all.values().stream()
                                                .sorted(
                                                        Comparator
                                                                .<Map<String, String>, String>
                                                                        comparing(
                                                                                e ->
                                                                                        member(
                                                                                                e,
                                                                                                "committed_at"))
                                                                .thenComparing(
                                                                        e ->
                                                                                Long.parseLong(
                                                                                        member(
                                                                                                e,
                                                                                                "sequence")))
                                                                .thenComparing(
                                                                        e ->
                                                                                member(
                                                                                        e,
                                                                                        "entity_key")))
                                                .toList()));
                assertThat(enough)
                        .as("entries by source: " + bySource.keySet() + ", awaited " + count)
                        .isTrue();
                return ordered;
            }
        }
    }

    /** Returns the members of an entry, each as it was written. */
    private static Map<String, String> members(String json) {
        Map<String, String> members = new HashMap<>();
        JsonScanner scanner = new JsonScanner(new TextCache());
        try {
            scanner.reset(json.getBytes(StandardCharsets.UTF_8));
            scanner.beginObject();
            for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
                members.put(name, scanner.readRaw());
            }
        } catch (JsonProblem notAnEntry) {
            throw new IllegalArgumentException(json, notAnEntry);
        }
        return members;
    }

    private static String member(Map<String, String> entry, String name) {
        return entry.getOrDefault(name, "");
    }

    private static List<String> records(KafkaBroker broker, String topic, int seconds) {
        return records(broker, topic, seconds, null);
    }

    private static List<String> records(
            KafkaBroker broker, String topic, int seconds, @Nullable String kind) {
        List<String> values = new ArrayList<>();
        Map<String, Object> client = new HashMap<>(broker.clientSettings());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        client, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long to = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < to) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofSeconds(seconds))) {
                    // What the ingest reports of itself stands there too.
                    Header header = record.headers().lastHeader(RecordHeader.KIND);
                    String its =
                            header == null
                                    ? null
                                    : new String(header.value(), StandardCharsets.UTF_8);
                    if (Objects.equals(its, kind)) {
                        values.add(new String(record.value(), StandardCharsets.UTF_8));
                    }
                }
            }
        }
        return values;
    }
}
