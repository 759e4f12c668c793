package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.debezium.DebeziumFormat;
import dev.daybook.ingest.dms.DmsFormat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A random history as DMS and as Debezium would send it under random settings, its records shuffled
 * as partitions allow and repeated as a resuming capture does: the log is the history, or says what
 * it does not know. {@code -Ddaybook.histories=10000} makes a long run of it.
 */
class InterleavedHistoryTest {

    private static final int HISTORIES = Integer.getInteger("daybook.histories", 15);

    private static final TableCatalog CATALOG =
            (source, table) ->
                    new TableDefinition(
                            List.of(
                                    new TableDefinition.Column("id", "bigint", null, false),
                                    new TableDefinition.Column("a", "varchar(20)", null, false),
                                    new TableDefinition.Column("b", "integer", null, true),
                                    new TableDefinition.Column("due", "date", null, true),
                                    new TableDefinition.Column("price", "numeric(8,2)", null, true),
                                    new TableDefinition.Column("note", "text", null, true)),
                            List.of("id"));

    private static final List<String> TEXTS = List.of("", "calm", "x \"y\"", "0");
    private static final String SCHEMA =
            """
            {"type":"struct","fields":[\
            {"type":"struct","optional":true,"field":"before","fields":[COLUMNS]},\
            {"type":"struct","optional":true,"field":"after","fields":[COLUMNS]}]}"""
                    .replace(
                            "COLUMNS",
                            """
                            {"type":"int64","field":"id"},{"type":"string","field":"a"},\
                            {"type":"int32","optional":true,"field":"b"},\
                            {"type":"int32","optional":true,"name":"io.debezium.time.Date","field":"due"},\
                            {"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal",\
                            "parameters":{"scale":"2"},"field":"price"},\
                            {"type":"string","optional":true,"field":"note"}""");

    /** A change; rows are tokens by column, in the log's spelling. */
    private record Change(
            String operation,
            long transaction,
            int order,
            long micros,
            long lsn,
            @Nullable Map<String, String> before,
            @Nullable Map<String, String> after) {

        boolean movesKey() {
            return before != null
                    && after != null
                    && !Objects.equals(before.get("id"), after.get("id"));
        }

        boolean leaves(String column) {
            return before != null
                    && after != null
                    && Objects.equals(before.get(column), after.get(column));
        }
    }

    private record Sent(String key, @Nullable String value, Map<String, String> headers) {}

    /** What a capture is set to. */
    private record Settings(
            boolean full, boolean schemas, boolean numbered, boolean beforeImages) {}

    static IntStream seeds() {
        return IntStream.range(0, HISTORIES);
    }

    @ParameterizedTest(name = "history {0}")
    @MethodSource("seeds")
    void logIsTheHistoryOrSaysWhatItDoesNotKnow(int seed) {
        Random random = new Random(seed);
        List<Change> history = history(random);
        Settings settings =
                new Settings(
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean());
        List<Sent> dms = new ArrayList<>();
        List<Sent> debezium = new ArrayList<>();
        for (Change change : history) {
            dms.add(dms(change, settings));
            debezium.addAll(debezium(change, settings));
        }
        DebeziumFormat format =
                new DebeziumFormat(
                        DebeziumFormat.UNAVAILABLE_VALUE,
                        DebeziumFormat.DEFAULT.contextTable(),
                        settings.full(),
                        1 << 20);
        compare(
                history,
                dms,
                new TopologySettings.Source("shop", 4, settings.full(), DmsFormat.DEFAULT),
                random,
                settings);
        compare(
                history,
                debezium,
                new TopologySettings.Source("shop", 4, settings.full(), DmsFormat.DEFAULT, format),
                random,
                settings);
    }

    private static void compare(
            List<Change> history,
            List<Sent> sent,
            TopologySettings.Source source,
            Random random,
            Settings settings) {
        Map<String, JsonNode> log = new HashMap<>();
        try (TopologyFixture ingest = TopologyFixture.of(source, CATALOG)) {
            send(ingest, sent, random);
            assertThat(ingest.read("rejected")).isEmpty();
            ingest.read("entries").forEach(out -> log.put(text(out.value, "id"), out.value));
        }
        List<JsonNode> entries =
                log.values().stream()
                        .sorted(
                                Comparator.comparing((JsonNode e) -> text(e, "committed_at"))
                                        .thenComparing(e -> e.get("sequence").asLong()))
                        .toList();
        assertThat(entries).as(settings.toString()).hasSize(history.size());
        for (int i = 0; i < entries.size(); i++) {
            compare(history.get(i), entries.get(i), settings);
        }
    }

    private static void compare(Change change, JsonNode entry, Settings settings) {
        String where = change + " under " + settings + " became " + entry;
        assertThat(text(entry, "operation")).as(where).isEqualTo(change.operation());
        assertThat(text(entry, "committed_at")).as(where).isEqualTo(WireTime.text(change.micros()));
        Map<String, String> row = change.after() != null ? change.after() : change.before();
        if (row == null) {
            return;
        }
        assertThat(text(entry, "entity_key")).as(where).isEqualTo(row.get("id"));
        Map<String, String> before = change.before();
        if (change.movesKey() && before != null) {
            boolean known = !entry.get("old_entity_key").isNull();
            assertThat(known ? text(entry, "old_entity_key") : before.get("id"))
                    .as(where)
                    .isEqualTo(before.get("id"));
        } else {
            assertThat(entry.get("old_entity_key").isNull()).as(where).isTrue();
        }
        holds(where, entry.get("before"), before);
        holds(where, entry.get("after"), change.after());
        if (change.after() != null) {
            List<String> unknown = new ArrayList<>();
            entry.get("unknown_columns").forEach(column -> unknown.add(column.asString()));
            change.after()
                    .keySet()
                    .forEach(
                            column ->
                                    assertThat(
                                                    unknown.contains(column)
                                                            != entry.get("after").has(column))
                                            .as(where + ": " + column)
                                            .isTrue());
        }
    }

    /** Every value of an image is the true one; the image may lack some. */
    private static void holds(String where, JsonNode image, @Nullable Map<String, String> truth) {
        if (image.isNull()) {
            return;
        }
        assertThat(truth).as(where).isNotNull();
        image.properties()
                .forEach(
                        column ->
                                assertThat(column.getValue().toString())
                                        .as(where + ": " + column.getKey())
                                        .isEqualTo(
                                                truth == null ? null : truth.get(column.getKey())));
    }

    /** Sends two partitions' records in any order between them; each may go back and repeat. */
    private static void send(TopologyFixture ingest, List<Sent> records, Random random) {
        List<List<Sent>> partitions = List.of(new ArrayList<>(), new ArrayList<>());
        records.forEach(
                record -> partitions.get(Math.floorMod(record.key().hashCode(), 2)).add(record));
        int[] next = new int[2];
        while (next[0] < partitions.get(0).size() || next[1] < partitions.get(1).size()) {
            int partition = random.nextInt(2);
            List<Sent> queue = partitions.get(partition);
            if (next[partition] == queue.size()) {
                continue;
            }
            if (next[partition] > 0 && random.nextInt(8) == 0) {
                next[partition] -= random.nextInt(next[partition]);
            }
            Sent record = queue.get(next[partition]++);
            ingest.send(
                    record.key().getBytes(StandardCharsets.UTF_8),
                    record.value() == null ? null : record.value().getBytes(StandardCharsets.UTF_8),
                    record.headers());
        }
    }

    private static List<Change> history(Random random) {
        List<Change> history = new ArrayList<>();
        TreeMap<Long, Map<String, String>> table = new TreeMap<>();
        long micros = 1_795_641_790_000_000L;
        long lsn = 28_895_000;
        long id = 0;
        for (int tx = 1; tx <= 12; tx++) {
            micros += 1 + random.nextInt(3_000);
            int changes = 1 + random.nextInt(4);
            for (int order = 1; order <= changes; order++) {
                lsn += 8 + 8L * random.nextInt(100);
                String operation = "insert";
                Map<String, String> before = null;
                Map<String, String> after = null;
                int choice = table.isEmpty() ? 0 : random.nextInt(12);
                if (choice > 2) {
                    List<Long> ids = List.copyOf(table.keySet());
                    long at = ids.get(random.nextInt(ids.size()));
                    before = table.get(at);
                    if (choice == 11) {
                        table.clear();
                        before = null;
                        operation = "truncate";
                    } else if (choice == 10) {
                        table.remove(at);
                        operation = "delete";
                    } else {
                        operation = "update";
                        after = row(random, choice > 7 ? ++id : at);
                        if (random.nextBoolean()) {
                            after.put("note", before.get("note"));
                        }
                        table.remove(at);
                        table.put(Long.parseLong(after.get("id")), after);
                    }
                } else {
                    after = row(random, ++id);
                    table.put(id, after);
                }
                history.add(new Change(operation, 700 + tx, order, micros, lsn, before, after));
            }
        }
        return history;
    }

    private static Map<String, String> row(Random random, long id) {
        Map<String, String> row = new LinkedHashMap<>();
        row.put("id", Long.toString(id));
        row.put("a", JsonText.quoted(TEXTS.get(random.nextInt(TEXTS.size()))));
        row.put("b", random.nextBoolean() ? "null" : Integer.toString(random.nextInt(3)));
        row.put(
                "due",
                random.nextBoolean()
                        ? "null"
                        : JsonText.quoted(LocalDate.ofEpochDay(random.nextInt(30_000)).toString()));
        row.put(
                "price",
                random.nextBoolean()
                        ? "null"
                        : BigDecimal.valueOf(random.nextInt(9_999) - 5_000L, 2).toPlainString());
        row.put(
                "note",
                random.nextInt(3) == 0 ? "null" : JsonText.quoted("note " + random.nextInt(1_000)));
        return row;
    }

    private static Sent dms(Change change, Settings settings) {
        Map<String, String> before = change.before();
        Map<String, String> after = change.after();
        boolean truncate = change.operation().equals("truncate");
        String metadata =
                "\"metadata\":{\"timestamp\":\"2026-11-25T22:00:00Z\",\"record-type\":\""
                        + (truncate ? "control" : "data")
                        + "\",\"operation\":\""
                        + change.operation()
                        + "\",\"schema-name\":\"public\",\"table-name\":\"t\",\"transaction-id\":"
                        + change.transaction()
                        + ",\"transaction-record-id\":"
                        + change.order()
                        + ",\"commit-timestamp\":\""
                        + WireTime.text(change.micros())
                        + "\",\"stream-position\":\""
                        + change.lsn()
                        + "\"}}";
        if (truncate) {
            return new Sent("public.t", "{\"control\":{}," + metadata, Map.of());
        }
        Map<String, String> data = new LinkedHashMap<>(after != null ? after : Map.of());
        if (after == null && before != null) {
            data.putAll(before);
            if (!settings.full()) {
                data.replaceAll((column, token) -> column.equals("id") ? token : "null");
            }
        }
        // DMS may send NULL for a large value that did not change.
        if (change.leaves("note")) {
            data.put("note", "null");
        }
        String image = "";
        if (change.operation().equals("update") && before != null) {
            if (settings.beforeImages() && settings.full()) {
                image = "\"before-image\":" + object(before) + ",";
            } else if (settings.beforeImages() && change.movesKey()) {
                image = "\"before-image\":{\"id\":" + before.get("id") + "},";
            }
        }
        String key = String.valueOf((after != null ? after : data).get("id"));
        return new Sent(
                "public.t." + key, "{\"data\":" + object(data) + "," + image + metadata, Map.of());
    }

    private static List<Sent> debezium(Change change, Settings settings) {
        Map<String, String> before = change.before();
        Map<String, String> after = change.after();
        if (change.operation().equals("truncate")) {
            return List.of(sent(change, settings, "{}", 0, "t", null, null, Map.of()));
        }
        Map<String, String> old = before == null || settings.full() ? before : placeholders(before);
        if (after == null || before == null) {
            String key = key((after == null ? before : after));
            List<Sent> records = new ArrayList<>();
            records.add(
                    sent(
                            change,
                            settings,
                            key,
                            0,
                            after == null ? "d" : "c",
                            old,
                            after,
                            Map.of()));
            if (after == null) {
                records.add(new Sent(key, null, Map.of()));
            }
            return records;
        }
        Map<String, String> fresh = new LinkedHashMap<>(after);
        if (change.leaves("note") && !"null".equals(after.get("note"))) {
            fresh.put("note", JsonText.quoted(DebeziumFormat.UNAVAILABLE_VALUE));
        }
        if (!change.movesKey()) {
            return List.of(
                    sent(
                            change,
                            settings,
                            key(after),
                            0,
                            "u",
                            settings.full() ? before : null,
                            fresh,
                            Map.of()));
        }
        Map<String, String> newKey = Map.of("__debezium.newkey", key(after));
        return List.of(
                sent(change, settings, key(before), 0, "d", old, null, newKey),
                new Sent(key(before), null, newKey),
                sent(
                        change,
                        settings,
                        key(after),
                        1,
                        "c",
                        null,
                        fresh,
                        Map.of("__debezium.oldkey", key(before))));
    }

    /** Returns a partial old row as the connector fills it up. */
    private static Map<String, String> placeholders(Map<String, String> row) {
        Map<String, String> filled = new LinkedHashMap<>(row);
        filled.replaceAll(
                (column, token) ->
                        switch (column) {
                            case "id" -> token;
                            case "a" -> "\"\"";
                            default -> "null";
                        });
        return filled;
    }

    private static Sent sent(
            Change change,
            Settings settings,
            String key,
            int half,
            String op,
            @Nullable Map<String, String> before,
            @Nullable Map<String, String> after,
            Map<String, String> headers) {
        // Halves of key changes count one more each; here all records count two.
        String transaction =
                settings.numbered()
                        ? "{\"id\":\"1:1\",\"total_order\":"
                                + (change.order() * 2 + half)
                                + ",\"data_collection_order\":1}"
                        : "null";
        String envelope =
                "{\"before\":"
                        + image(before)
                        + ",\"after\":"
                        + image(after)
                        + ",\"source\":{\"connector\":\"postgresql\",\"ts_ms\":"
                        + change.micros() / 1_000
                        + ",\"snapshot\":\"false\",\"ts_us\":"
                        + change.micros()
                        + ",\"schema\":\"public\",\"table\":\"t\",\"txId\":"
                        + change.transaction()
                        + ",\"lsn\":"
                        + change.lsn()
                        + "},\"transaction\":"
                        + transaction
                        + ",\"op\":\""
                        + op
                        + "\"}";
        return new Sent(
                key.equals("{}") ? "null" : key,
                settings.schemas()
                        ? "{\"schema\":" + SCHEMA + ",\"payload\":" + envelope + "}"
                        : envelope,
                headers);
    }

    private static String key(@Nullable Map<String, String> row) {
        return "{\"id\":" + (row == null ? "" : row.get("id")) + "}";
    }

    /** Writes a row as the connector's converters do. */
    private static String image(@Nullable Map<String, String> row) {
        if (row == null) {
            return "null";
        }
        Map<String, String> converted = new LinkedHashMap<>(row);
        converted.replaceAll(
                (column, token) ->
                        token.equals("null")
                                ? token
                                : switch (column) {
                                    case "due" ->
                                            Long.toString(
                                                    LocalDate.parse(JsonText.scalar(token))
                                                            .toEpochDay());
                                    case "price" ->
                                            JsonText.quoted(
                                                    Base64.getEncoder()
                                                            .encodeToString(
                                                                    new BigDecimal(token)
                                                                            .unscaledValue()
                                                                            .toByteArray()));
                                    default -> token;
                                });
        return object(converted);
    }

    private static String object(Map<String, String> row) {
        StringBuilder object = new StringBuilder("{");
        row.forEach(
                (column, token) ->
                        object.append(object.length() > 1 ? "," : "")
                                .append(JsonText.quoted(column))
                                .append(':')
                                .append(token));
        return object.append('}').toString();
    }

    private static String text(JsonNode node, String member) {
        return node.get(member).asString();
    }
}
