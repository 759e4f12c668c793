package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What the records say of rows, their keys and their transactions. */
class RowRecordsTest {

    @Test
    void recordsKeyChangesAndUnchangedToast() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE doc (b int, a text, body text, n int, PRIMARY KEY (a, b))",
                    "ALTER TABLE doc ALTER COLUMN body SET STORAGE EXTERNAL",
                    "INSERT INTO doc VALUES (1, 'k', repeat('x', 10000), 1)",
                    "UPDATE doc SET n = 2",
                    "UPDATE doc SET a = 'new'",
                    "ALTER TABLE doc REPLICA IDENTITY FULL",
                    "UPDATE doc SET n = 3",
                    "DELETE FROM doc");
            worker.until(c -> c.operation().equals("delete"));

            List<Change> changes = worker.of("doc");
            Change update = changes.get(1);
            assertThat(update.data().keySet()).containsExactly("b", "a", "n");
            assertThat(update.headers())
                    .containsEntry("daybook.unchanged", "[\"body\"]")
                    .containsEntry("daybook.key", "[\"a\",\"b\"]");
            assertThat(update.body()).doesNotContainKey("before-image");
            assertThat(update.key()).isEqualTo("public.doc.k.1");
            Change moved = changes.get(2);
            assertThat(moved.key()).isEqualTo("public.doc.new.1");
            assertThat(moved.before().toString()).isEqualTo("{b=1, a=k}");
            Change full = changes.get(3);
            assertThat(full.headers()).doesNotContainKey("daybook.unchanged");
            assertThat(full.data().get("body").toString()).hasSize(10000);
            assertThat(full.before().get("n").toString()).isEqualTo("2");
            assertThat(changes.get(4).data().keySet()).contains("body", "n");
        }
    }

    /** The server writes the old key where it is stored out of line, unchanged as it is. */
    @Test
    void aKeyThatIsStoredOutOfLineIsInTheNewRow() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE t (k text PRIMARY KEY, v text, w text)",
                    "ALTER TABLE t ALTER k SET STORAGE EXTERNAL, ALTER w SET STORAGE EXTERNAL",
                    "INSERT INTO t VALUES (repeat('k', 2500), 'a', repeat('w', 2500))",
                    "UPDATE t SET v = 'b'",
                    "DELETE FROM t");
            worker.until(c -> c.operation().equals("delete"));

            Change update = worker.of("t").get(1);
            assertThat(update.data()).containsEntry("k", "k".repeat(2500)).containsEntry("v", "b");
            assertThat(update.headers().get("daybook.unchanged")).isEqualTo("[\"w\"]");
            assertThat(update.key()).isEqualTo(worker.of("t").get(0).key());
        }
    }

    /** Such a column identifies nothing in the stream: the table counts as one without a key. */
    @Test
    void aKeyThatTheStreamDoesNotHaveIsNone() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            if (Integer.parseInt(database.query("SHOW server_version_num").get(0)) >= 180000) {
                database.run(
                        "ALTER PUBLICATION daybook SET (publish_generated_columns = none)",
                        "ALTER PUBLICATION daybook_insert_only SET (publish_generated_columns ="
                                + " none)");
            }
            try (Worker worker = Worker.of(database)) {
                worker.poll();
                database.run(
                        "CREATE TABLE t (a int, id int GENERATED ALWAYS AS (a * 10) STORED PRIMARY"
                                + " KEY, v text)",
                        "INSERT INTO t VALUES (1, DEFAULT, 'x')",
                        "UPDATE t SET v = 'y'",
                        "DELETE FROM t",
                        "INSERT INTO t VALUES (2, DEFAULT, 'z')");
                worker.until(c -> c.isData() && "z".equals(c.data().get("v")));

                assertThat(worker.operations("t")).containsExactly("insert", "insert");
                assertThat(worker.of("t").get(0).headers().get("daybook.key")).isEqualTo("[]");
                assertThat(worker.of("t").get(0).data()).containsOnlyKeys("a", "v");
            }
        }
    }

    /** The WAL has what identifies a row of the partition, and that is not the table's key. */
    @Test
    void noUpdateOfAPartitionWithAnotherIdentityIsRecordedWithoutItsKey() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY, code int NOT NULL, v text)"
                            + " PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "CREATE UNIQUE INDEX p_a_code ON p_a (code)",
                    "INSERT INTO p VALUES (1, 1, 'a')",
                    "ALTER TABLE p_a REPLICA IDENTITY USING INDEX p_a_code",
                    "UPDATE p SET id = 3 WHERE id = 1",
                    "DELETE FROM p WHERE id = 3",
                    "ALTER TABLE p_a REPLICA IDENTITY FULL");
            // A command on a partition has not locked its table: the connector publishes it again.
            worker.until(
                    c ->
                            c.operation().equals("gap")
                                    && c.json().contains("\"cause\":\"no-key\"")
                                    && !c.json().contains("\"to-time\":null"));
            database.run("INSERT INTO p VALUES (5, 5, 'b')", "DELETE FROM p WHERE id = 5");
            worker.until(c -> c.operation().equals("delete"));

            assertThat(worker.of("p"))
                    .filteredOn(c -> !c.operation().equals("load"))
                    .extracting(c -> c.operation() + " " + c.key())
                    .containsExactly("insert public.p.1", "insert public.p.5", "delete public.p.5");
        }
    }

    @Test
    void recordsTablesWithoutKeyAndNeverHindersTheirUpdates() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("public.*", "public.full_*");
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE log (x int)",
                    "INSERT INTO log VALUES (1), (1)",
                    "UPDATE log SET x = 2",
                    "DELETE FROM log",
                    "CREATE TABLE full_log (x int)",
                    "INSERT INTO full_log VALUES (1)",
                    "UPDATE full_log SET x = 2",
                    "DELETE FROM full_log",
                    "CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE)",
                    "INSERT INTO deferred VALUES (1)",
                    "UPDATE deferred SET id = 2",
                    "CREATE TABLE losing (id int PRIMARY KEY)",
                    "INSERT INTO losing VALUES (1)",
                    "ALTER TABLE losing DROP CONSTRAINT losing_pkey",
                    "UPDATE losing SET id = 2",
                    "CREATE TABLE by_index (id int NOT NULL, n int)",
                    "CREATE UNIQUE INDEX by_index_id ON by_index (id)",
                    "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id",
                    "INSERT INTO by_index VALUES (1, 1)",
                    "UPDATE by_index SET n = 2",
                    "DROP INDEX by_index_id",
                    "UPDATE by_index SET n = 3");
            worker.caughtUp(database);

            assertThat(worker.operations("log")).containsExactly("insert", "insert");
            assertThat(worker.of("log").get(0).headers()).containsEntry("daybook.key", "[]");
            assertThat(worker.of("log").get(0).key()).isEqualTo("public.log");
            assertThat(worker.of("log").get(0).metadata("partition-key-type"))
                    .isEqualTo("schema-table");
            assertThat(worker.operations("full_log")).containsExactly("insert", "update", "delete");
            assertThat(worker.of("full_log").get(1).before().toString()).isEqualTo("{x=1}");
            assertThat(worker.operations("deferred")).containsExactly("insert");
            assertThat(worker.operations("losing")).containsExactly("insert");
            assertThat(worker.operations("by_index")).containsExactly("insert", "update");
            assertThat(worker.of("by_index").get(1).headers())
                    .containsEntry("daybook.key", "[\"id\"]");
        }
    }

    @Test
    void recordsPartitionedTablesAsOne() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE p (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY"
                            + " RANGE (day)",
                    "CREATE TABLE p_old PARTITION OF p FOR VALUES FROM ('2026-01-01') TO"
                            + " ('2026-02-01')",
                    "INSERT INTO p VALUES (1, '2026-01-05', 1), (2, '2026-01-06', 1)");
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                database.run(
                        "CREATE TABLE p_new PARTITION OF p FOR VALUES FROM ('2026-02-01') TO"
                                + " ('2026-03-01')",
                        "INSERT INTO p VALUES (3, '2026-02-05', 1)",
                        "UPDATE p SET n = 2 WHERE id = 1",
                        "UPDATE p SET day = '2026-02-09' WHERE id = 2",
                        "DELETE FROM p WHERE id = 1");
                worker.caughtUp(database);

                assertThat(worker.written)
                        .filteredOn(c -> c.isData() && c.tableChange().isEmpty())
                        .extracting(Change::table)
                        .containsOnly("p");
                assertThat(worker.operations("p"))
                        .containsExactly(
                                "load", "load", "insert", "update", "delete", "insert", "delete");
            }
        }
    }

    @Test
    void saysWhoAndWhy() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE ROLE somebody_" + database.name + " LOGIN");
            database.inTransaction(
                    "SET LOCAL ROLE somebody_" + database.name,
                    "SELECT daybook.set_context('anna', 'a \"reason\"', 'r-1', '{\"k\": [1, 2]}')",
                    "RESET ROLE",
                    "INSERT INTO t VALUES (1)");
            database.inTransaction(
                    "INSERT INTO t VALUES (2)",
                    "SELECT pg_logical_emit_message(true, 'daybook',"
                            + " '{\"actor\":\"bert\",\"attributes\":{\"x\":[1, 2]},\"login_role\":\"anna\"}')");
            database.inTransaction(
                    "SELECT pg_logical_emit_message(true, 'daybook', 'nonsense')",
                    "SELECT pg_logical_emit_message(true, 'elsewhere', 'x')",
                    "INSERT INTO t VALUES (3)");
            database.run(
                    "SET default_transaction_read_only = on",
                    "SELECT daybook.set_context('reader')");
            worker.caughtUp(database);

            List<Change> contexts = worker.of("transaction_context");
            assertThat(contexts).extracting(Change::operation).containsOnly("insert").hasSize(2);
            assertThat(contexts.get(0).data())
                    .containsEntry("actor", "anna")
                    .containsEntry("reason", "a \"reason\"")
                    .containsEntry("request_id", "r-1")
                    .containsEntry("attributes", "{\"k\": [1, 2]}")
                    .as("the login role, whatever role is set")
                    .containsEntry("login_role", "postgres");
            assertThat(contexts.get(1).data())
                    .containsEntry("actor", "bert")
                    .containsEntry("attributes", "{\"x\":[1, 2]}")
                    .as("a message may not say who was logged in")
                    .doesNotContainKey("login_role");
            List<Change> rows = worker.of("t");
            assertThat(contexts.get(0).metadata("transaction-id"))
                    .isEqualTo(rows.get(0).metadata("transaction-id"));
            assertThat(contexts.get(1).metadata("transaction-id"))
                    .isEqualTo(rows.get(1).metadata("transaction-id"));
            assertThat(worker.written)
                    .filteredOn(c -> c.topic().equals("rejected"))
                    .hasSize(1)
                    .allMatch(c -> c.body().get("code").equals("bad-context"));
            assertThat(database.query("SELECT count(*) FROM daybook.transaction_context"))
                    .containsExactly("0");
            database.run("DROP ROLE somebody_" + database.name);
        }
    }
}
