package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values, records and transactions that are large. */
class LargeValuesTest {

    @Test
    void leavesOutValuesThatAreTooLargeAndSaysSo() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE doc (id int PRIMARY KEY, body text, data jsonb, raw bytea, n"
                            + " int)",
                    "INSERT INTO doc VALUES (1, repeat('x', 50000), '{}', '', 1)",
                    "INSERT INTO doc VALUES (2, 'small', to_jsonb(repeat('y', 60000)),"
                            + " decode(repeat('ab', 30000), 'hex'), 1)");
            try (Worker worker =
                    Worker.of(
                            database,
                            Map.of(
                                    "max.value.bytes",
                                    "20000",
                                    "max.record.bytes",
                                    "30000",
                                    "rejected.values",
                                    "true"))) {
                worker.until(c -> c.operation().equals("load") && c.key().equals("public.doc.2"));
                database.run(
                        "INSERT INTO doc VALUES (3, repeat('z', 20001), to_jsonb(repeat('y',"
                                + " 19000)), NULL, 5)",
                        "INSERT INTO doc VALUES (4, repeat('z', 19000), to_jsonb(repeat('y',"
                                + " 18000)), NULL, 5)");
                worker.until(c -> c.key() != null && c.key().equals("public.doc.4"));
                worker.caughtUp(database);

                Map<String, Change> byKey = new LinkedHashMap<>();
                worker.of("doc").forEach(c -> byKey.put(c.key(), c));
                assertThat(byKey.get("public.doc.1").data().keySet())
                        .containsExactly("id", "data", "raw", "n");
                assertThat(byKey.get("public.doc.1").headers())
                        .containsEntry("daybook.unchanged", "[\"body\"]");
                assertThat(byKey.get("public.doc.2").data().keySet())
                        .containsExactly("id", "body", "n");
                assertThat(byKey.get("public.doc.3").data().keySet())
                        .containsExactly("id", "data", "raw", "n");
                // Neither value is too large, but together they are.
                assertThat(byKey.get("public.doc.4").data().keySet())
                        .contains("id", "n")
                        .doesNotContain("body");
                List<Change> reports =
                        worker.written.stream().filter(c -> c.topic().equals("rejected")).toList();
                assertThat(reports).allMatch(c -> c.body().get("code").equals("value-too-large"));
                assertThat(reports)
                        .extracting(c -> c.body().get("reason").toString())
                        .anyMatch(
                                r ->
                                        r.contains("column body")
                                                && r.contains("public.doc.1")
                                                && r.contains("50000 bytes"))
                        .anyMatch(r -> r.contains("column raw") && r.contains("60002 bytes"));
                assertThat(reports).extracting(c -> c.body().get("id")).doesNotHaveDuplicates();
            }
        }
    }

    /** The table's name is quoted as everywhere, so that it reads back to the table. */
    @Test
    void quotesTheTableOfARejectedValue() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker =
                        Worker.of(
                                database,
                                Map.of("max.value.bytes", "2000", "max.record.bytes", "30000"))) {
            worker.poll();
            database.run(
                    "CREATE TABLE \"a.b\" (id int PRIMARY KEY, body text)",
                    "INSERT INTO \"a.b\" VALUES (1, repeat('x', 3000))");
            Change rejected = worker.until(c -> c.topic().equals("rejected"));

            assertThat(rejected.body()).containsEntry("table_name", "public.\"a.b\"");
        }
    }

    @Test
    void survivesValuesOfHundredsOfMegabytes() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("public.*", "public.*");
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE doc (id int PRIMARY KEY, body text, n int)",
                    "INSERT INTO doc VALUES (1, repeat('x', 120000000), 1)",
                    "SELECT pg_logical_emit_message(true, 'daybook', repeat('x', 30000000))",
                    "UPDATE doc SET n = 2",
                    "INSERT INTO doc VALUES (2, 'small', 3)");
            worker.until(
                    c -> c.key() != null && c.key().equals("public.doc.2"),
                    java.time.Duration.ofSeconds(120));

            assertThat(worker.of("doc"))
                    .extracting(c -> c.data().toString())
                    .containsExactly("{id=1, n=1}", "{id=1, n=2}", "{id=2, body=small, n=3}");
            assertThat(worker.of("doc").get(1).before().toString()).isEqualTo("{id=1, n=1}");
            assertThat(worker.written)
                    .filteredOn(c -> c.topic().equals("rejected"))
                    .extracting(c -> c.body().get("code"))
                    .containsExactly("value-too-large", "bad-context", "value-too-large");
        }
    }

    @Test
    void aMessageThatIsTooLargeSaysItsSizeAndTheSettings() throws Exception {
        Map<String, String> settings =
                Map.of(
                        "max.value.bytes", "4000",
                        "max.record.bytes", "4096",
                        "rejected.values", "true");
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database, settings)) {
            worker.caughtUp(database);

            // When
            database.run(
                    // Longer than it is received.
                    message("{\"actor\":\"anna\",\"reason\":\"'||repeat('r', 4000)||'\"}"),
                    // Received, though what it comes in is longer; its record is too large.
                    message("{\"actor\":\"anna\",\"reason\":\"'||repeat('r', 3960)||'\"}"),
                    // Its text in a string of JSON is twice as long.
                    message("{\"actor\":\"anna\",\"attributes\":[\"'||repeat('\\n', 1900)||'\"]}"),
                    message("'||repeat('x', 3000)||'"),
                    message("{\"actor\":\"anna\",\"reason\":\"'||repeat('r', 3000)||'\"}"));
            Change context = worker.until(c -> c.table().equals("transaction_context"));

            // Then
            assertThat(context.data().get("reason").toString()).hasSize(3000);
            List<Change> rejected =
                    worker.written.stream().filter(c -> c.topic().equals("rejected")).toList();
            assertThat(rejected).allMatch(c -> c.body().get("code").equals("bad-context"));
            String limits =
                    " bytes, and a message may have max.value.bytes=4000 and its record max.record.bytes=4096";
            assertThat(rejected)
                    .extracting(c -> c.body().get("reason").toString())
                    .satisfiesExactly(
                            r -> assertThat(r).contains("names nobody: it has 4028" + limits),
                            r -> assertThat(r).contains("names nobody: it has 3988" + limits),
                            r -> assertThat(r).contains("names nobody: it has 3834" + limits),
                            r ->
                                    assertThat(r)
                                            .contains("names nobody: it is not JSON")
                                            .contains(
                                                    "Its value has 3000 bytes, of which the first 2048 are kept."));
            assertThat(rejected).allMatch(c -> c.json().length() < 4096);
        }
    }

    private static String message(String content) {
        return "SELECT pg_logical_emit_message(true, 'daybook', '" + content + "')";
    }

    /** An index entry is compressed, and so a key may be longer than a value may be. */
    @Test
    void goesOnAfterAKeyThatIsTooLarge() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database, Map.of("max.value.bytes", "1024"))) {
            worker.poll();
            database.run(
                    "CREATE TABLE doc (k text PRIMARY KEY, n int)",
                    "INSERT INTO doc VALUES (repeat('k', 20000), 1)",
                    "UPDATE doc SET n = 2",
                    "DELETE FROM doc",
                    "INSERT INTO doc VALUES ('small', 3)");
            worker.caughtUp(database);

            assertThat(worker.operations("doc"))
                    .containsExactly("insert", "update", "delete", "insert");
            assertThat(worker.of("doc"))
                    .extracting(Change::key)
                    .containsExactly(
                            "public.doc.", "public.doc.", "public.doc.", "public.doc.small");
        }
    }

    @Test
    void handsOutALargeTransactionInPieces() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database, Map.of("batch.max.records", "500"))) {
            worker.poll();
            database.run("CREATE TABLE t (id int PRIMARY KEY, pad text)");
            database.run(
                    "INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 30000) i");
            int largest = 0;
            while (worker.written.size() < 30001) {
                largest = Math.max(largest, worker.poll().size());
            }
            worker.until(c -> c.key().equals("public.t.30000"));
            assertThat(largest).isLessThanOrEqualTo(510);
            assertThat(worker.of("t").get(29999).metadata("transaction-record-id"))
                    .isEqualTo("30000");
        }
    }
}
