package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.Finding;
import dev.daybook.source.SourceDatabase;
import dev.daybook.source.SourcePreparation;

import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the capture promises, on a real PostgreSQL, whatever the application does meanwhile. */
class CaptureTest {

    private static List<String> operations(Worker worker, String table) {
        return worker.of(table).stream().map(Change::operation).toList();
    }

    @Test
    void followsDdlFromRecordToRecord() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, a text, b int)",
                    "INSERT INTO t VALUES (1, 'x', 2)",
                    "ALTER TABLE t ADD COLUMN c numeric DEFAULT 1.50",
                    "INSERT INTO t VALUES (2, 'x', 2)",
                    "ALTER TABLE t DROP COLUMN a",
                    "UPDATE t SET b = 3 WHERE id = 1",
                    "ALTER TABLE t RENAME COLUMN b TO d",
                    "UPDATE t SET d = 4 WHERE id = 1",
                    "ALTER TABLE t ALTER COLUMN d TYPE text USING 'n' || d",
                    "UPDATE t SET c = NULL WHERE id = 1",
                    "ALTER TABLE t RENAME TO u",
                    "UPDATE u SET d = 'last' WHERE id = 1",
                    "DROP TABLE u");
            worker.until(c -> c.operation().equals("drop-table"));

            assertThat(worker.of("t"))
                    .extracting(c -> c.json().replaceAll(",\"metadata.*", ""))
                    .containsExactly(
                            "{\"data\":{\"id\":1,\"a\":\"x\",\"b\":2}",
                            "{\"data\":{\"id\":2,\"a\":\"x\",\"b\":2,\"c\":1.50}",
                            "{\"data\":{\"id\":1,\"b\":3,\"c\":1.50}",
                            "{\"data\":{\"id\":1,\"d\":4,\"c\":1.50}",
                            "{\"data\":{\"id\":1,\"d\":\"n4\",\"c\":null}");
            assertThat(worker.of("u"))
                    .extracting(c -> c.data().toString())
                    .containsExactly("{id=1, d=last, c=null}");
            assertThat(worker.written)
                    .filteredOn(c -> c.operation().equals("create-table"))
                    .hasSize(6);
        }
    }

    /** The definition that follows a type's renaming has the new name, within one stream. */
    @Test
    void namesATypeAsItIsCalledByNow() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TYPE mood AS ENUM ('well')",
                    "CREATE TABLE t (id int PRIMARY KEY, m mood)",
                    "INSERT INTO t VALUES (1, 'well')");
            worker.until(c -> c.table().equals("t") && c.isData());
            database.run(
                    "ALTER TYPE mood RENAME TO temper",
                    "ALTER TABLE t ADD COLUMN n int",
                    "INSERT INTO t VALUES (2, 'well', 3)");
            worker.until(c -> c.isData() && c.key().equals("public.t.2"));

            List<String> definitions =
                    worker.written.stream()
                            .filter(c -> c.operation().equals("create-table"))
                            .map(Change::json)
                            .toList();
            assertThat(definitions).hasSize(2);
            assertThat(definitions.get(0)).contains("\"postgres-type\":\"public.mood\"");
            assertThat(definitions.get(1)).contains("\"postgres-type\":\"public.temper\"");
        }
    }

    /** Anybody who may write to the source may write such a message. */
    @Test
    void goesOnAfterAMessageAboutADroppedTableThatNamesNone() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "SELECT pg_logical_emit_message(true, 'daybook.drop-table', 'nothing')",
                    "SELECT pg_logical_emit_message(true, 'daybook.drop-table', 'a.b.c')",
                    "CREATE TABLE \"a.b\" (id int PRIMARY KEY)",
                    "DROP TABLE \"a.b\"");
            worker.until(c -> c.operation().equals("drop-table"));

            assertThat(worker.written)
                    .filteredOn(c -> c.operation().equals("drop-table"))
                    .extracting(Change::table)
                    .containsExactly("a.b");
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

    /**
     * PostgreSQL makes a slot in steps, each of which waits for the transactions then running. Who
     * changes a table in one and commits in the next is not remembered where streaming starts.
     */
    @Test
    void decodesATableThatWasRewrittenWhileTheSlotWasMade() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection first = database.connect();
                Connection rewriter = database.connect();
                Connection writer = database.connect();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int PRIMARY KEY)");
            begin(first, "SELECT pg_current_xact_id()");
            CompletableFuture<Void> made = CompletableFuture.runAsync(worker::poll);
            awaitSlotWaiting(database, first, made);
            begin(rewriter, "TRUNCATE t");
            first.commit();
            awaitSlotWaiting(database, rewriter, made);
            begin(writer, "INSERT INTO u VALUES (1)");
            rewriter.commit();
            try (Statement statement = writer.createStatement()) {
                statement.execute("INSERT INTO t VALUES (1)");
            }
            awaitSlotWaiting(database, writer, made);
            writer.commit();
            made.get(30, TimeUnit.SECONDS);

            database.run("INSERT INTO t VALUES (2)");
            worker.until(c -> c.isData() && c.data().toString().equals("{id=2}"));

            assertThat(worker.of("t"))
                    .extracting(c -> c.data().toString())
                    .containsExactlyInAnyOrder("{id=1}", "{id=2}");
        }
    }

    /** Then the slot's snapshot is one that PostgreSQL writes down and does not read again. */
    @Test
    void knowsWhereASlotBeginsThoughATransactionWasRolledBackWhileItWasMade() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection first = database.connect();
                Connection second = database.connect();
                Connection third = database.connect();
                Connection last = database.connect();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (x int)", "INSERT INTO t VALUES (1), (1)");
            begin(first, "SELECT pg_current_xact_id()");
            CompletableFuture<Void> made = CompletableFuture.runAsync(worker::poll);
            awaitSlotWaiting(database, first, made);
            begin(second, "SELECT pg_current_xact_id()");
            first.commit();
            awaitSlotWaiting(database, second, made);
            begin(third, "SELECT pg_current_xact_id()");
            begin(last, "SELECT pg_current_xact_id()");
            third.rollback();
            second.commit();
            made.get(30, TimeUnit.SECONDS);
            last.commit();

            database.run("INSERT INTO t VALUES (2)");
            worker.caughtUp(database);

            assertThat(database.query("SELECT exact::text FROM daybook.capture_slot"))
                    .containsExactly("true");
            assertThat(worker.of("t"))
                    .extracting(c -> c.operation() + c.data())
                    .containsExactlyInAnyOrder("load{x=1}", "load{x=1}", "insert{x=2}");
        }
    }

    /** What a capture leaves that died after the slot was made and before it wrote down where. */
    @Test
    void makesASlotAgainThatNobodyKnowsTheBeginningOf() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            String slot = "daybook_" + database.name;
            database.run(
                    "CREATE TABLE t (x int)",
                    "INSERT INTO t VALUES (1)",
                    "INSERT INTO daybook.capture_slot SELECT '"
                            + slot
                            + "', now(), pg_current_snapshot(), '0/0', false",
                    "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')",
                    "INSERT INTO t VALUES (2)");
            worker.poll();
            database.run("INSERT INTO t VALUES (3)");
            worker.caughtUp(database);

            assertThat(worker.of("t"))
                    .extracting(c -> c.operation() + c.data())
                    .containsExactlyInAnyOrder("load{x=1}", "load{x=2}", "insert{x=3}");
            assertThat(database.query("SELECT exact::text FROM daybook.capture_slot"))
                    .containsExactly("true");
        }
    }

    private static void begin(Connection connection, String sql) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Waits until the slot that is being made waits for a transaction, or has been made. */
    private static void awaitSlotWaiting(
            SourceDatabase database, Connection transaction, CompletableFuture<Void> made)
            throws Exception {
        int process = transaction.unwrap(org.postgresql.PGConnection.class).getBackendPID();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!made.isDone()
                && database.query(
                                "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'walsender' AND "
                                        + process
                                        + " = ANY (pg_blocking_pids(pid))")
                        .isEmpty()) {
            assertThat(System.nanoTime()).as("the slot waits in time").isLessThan(deadline);
        }
    }

    @Test
    void recordsTruncations() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (x int)");
            database.inTransaction(
                    "INSERT INTO a VALUES (1)", "TRUNCATE a, b", "INSERT INTO a VALUES (2)");
            worker.until(c -> c.isData() && c.data().toString().equals("{id=2}"));

            List<Change> truncates =
                    worker.written.stream().filter(c -> c.operation().equals("truncate")).toList();
            assertThat(truncates).extracting(Change::table).containsExactlyInAnyOrder("a", "b");
            assertThat(truncates)
                    .extracting(c -> c.metadata("transaction-record-id"))
                    .containsExactly("2", "3");
            assertThat(truncates.get(0).metadata("stream-position")).isNotEmpty();
        }
    }

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

            assertThat(operations(worker, "log")).containsExactly("insert", "insert");
            assertThat(worker.of("log").get(0).headers()).containsEntry("daybook.key", "[]");
            assertThat(worker.of("log").get(0).key()).isEqualTo("public.log");
            assertThat(worker.of("log").get(0).metadata("partition-key-type"))
                    .isEqualTo("schema-table");
            assertThat(operations(worker, "full_log"))
                    .containsExactly("insert", "update", "delete");
            assertThat(worker.of("full_log").get(1).before().toString()).isEqualTo("{x=1}");
            assertThat(operations(worker, "deferred")).containsExactly("insert");
            assertThat(operations(worker, "losing")).containsExactly("insert");
            assertThat(operations(worker, "by_index")).containsExactly("insert", "update");
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
                        .filteredOn(Change::isData)
                        .extracting(Change::table)
                        .containsOnly("p");
                assertThat(operations(worker, "p"))
                        .containsExactly(
                                "load", "load", "insert", "update", "delete", "insert", "delete");
            }
        }
    }

    @Test
    void capturesNewTablesFromTheirFirstRow() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("public.*,!public.secret*", "");
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.inTransaction(
                    "CREATE TABLE late (id int PRIMARY KEY)",
                    "INSERT INTO late VALUES (1)",
                    "CREATE TABLE secret_late (id int PRIMARY KEY)",
                    "INSERT INTO secret_late VALUES (1)",
                    "UPDATE late SET id = 2",
                    "CREATE TABLE copied AS SELECT 7 AS x");
            worker.until(c -> c.table().equals("copied") && c.operation().equals("load"));
            worker.caughtUp(database);

            assertThat(operations(worker, "late")).containsExactly("insert", "update");
            assertThat(worker.of("secret_late")).isEmpty();
            assertThat(operations(worker, "copied")).containsExactly("load");
        }
    }

    @Test
    void findsNewTablesWithoutEventTriggers() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "DROP EVENT TRIGGER daybook_after_ddl",
                    "DROP EVENT TRIGGER daybook_after_drop");
            try (Worker worker = Worker.of(database)) {
                worker.poll();
                database.run(
                        "CREATE TABLE late (id int PRIMARY KEY, n int)",
                        "INSERT INTO late SELECT i, 0 FROM generate_series(1, 50) i");
                worker.until(c -> c.table().equals("late") && c.operation().equals("load"));
                database.run("UPDATE late SET n = 1 WHERE id = 1");
                worker.caughtUp(database);

                assertThat(worker.of("late"))
                        .filteredOn(c -> c.operation().equals("load"))
                        .hasSize(50);
                assertThat(operations(worker, "late")).contains("update");
                database.run("DROP TABLE late");
                worker.until(c -> c.operation().equals("drop-table"));
            }
        }
    }

    @Test
    void loadsATableAgainThatWasExcludedForAWhile() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            worker.caughtUp(database);
            database.run(
                    "SELECT daybook.configure('public.*,!public.t')",
                    "SELECT daybook.align()",
                    "INSERT INTO t VALUES (2)");
            worker.caughtUp(database);
            database.run(
                    "SELECT daybook.configure('public.*')",
                    "SELECT daybook.align()",
                    "INSERT INTO t VALUES (3)");
            worker.until(c -> c.operation().equals("load") && c.key().equals("public.t.2"));
            worker.caughtUp(database);

            assertThat(worker.of("t"))
                    .filteredOn(c -> c.operation().equals("insert"))
                    .extracting(Change::key)
                    .doesNotContain("public.t.2")
                    .contains("public.t.3");
        }
    }

    /** The way pgbench -i does it: rows first, keys afterwards. */
    @Test
    void loadsATableAgainOnceItHasGainedItsKey() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run("CREATE TABLE accounts (aid int, balance int)");
            database.inTransaction(
                    "TRUNCATE accounts",
                    "INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 1000) i");
            database.run(
                    "ALTER TABLE accounts ADD PRIMARY KEY (aid)",
                    "UPDATE accounts SET balance = 5 WHERE aid = 3");
            worker.caughtUp(database);

            assertThat(worker.of("accounts"))
                    .filteredOn(c -> c.operation().equals("insert"))
                    .hasSize(1000)
                    .allMatch(c -> c.headers().get("daybook.key").equals("[]"));
            List<Change> loads =
                    worker.of("accounts").stream()
                            .filter(c -> c.operation().equals("load"))
                            .toList();
            assertThat(loads)
                    .hasSize(1000)
                    .allMatch(c -> c.headers().get("daybook.key").equals("[\"aid\"]"));
            assertThat(worker.of("accounts"))
                    .filteredOn(c -> c.operation().equals("update"))
                    .hasSize(1);
            // Whichever of the two came first, the row's state is the update's.
            assertThat(stateOf(worker.of("accounts"), "aid").get("3"))
                    .isEqualTo("{aid=3, balance=5}");
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
                            + " '{\"actor\":\"bert\",\"attributes\":{\"x\":[1, 2]},\"other\":1}')");
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
                    .containsEntry("attributes", "{\"k\": [1, 2]}");
            assertThat(contexts.get(1).data())
                    .containsEntry("actor", "bert")
                    .containsEntry("attributes", "{\"x\":[1, 2]}")
                    .doesNotContainKey("other");
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

    @Test
    void comesBackAfterTheSourceThrewItOut() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)");
            worker.caughtUp(database);
            for (int i = 0; i < 5; i++) {
                database.run(
                        "INSERT INTO t VALUES (" + i + ")",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ="
                                + " 'daybook_capture'");
                int id = i;
                worker.until(
                        c ->
                                c.table().equals("t")
                                        && c.isData()
                                        && c.data().toString().equals("{id=" + id + "}"));
            }
            worker.caughtUp(database);
            assertThat(distinct(worker.of("t"))).hasSize(5);
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
                            Map.of("max.value.bytes", "20000", "max.record.bytes", "30000"))) {
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

    /**
     * All rows of a rewritten table look new, so that which of them the stream has cannot be told:
     * they are read as they are at one moment, and not some of one and some of another.
     */
    @Test
    void readsATableWithoutKeyWholeIfItWasRewrittenSinceTheSlotWasMade() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (x text)", "INSERT INTO t VALUES ('1'), ('1'), ('2')");
            try (Worker dying = Worker.of(database).withoutAcknowledgement()) {
                dying.caughtUp(database);
                assertThat(operations(dying, "t")).containsExactly("load", "load", "load");
            }
            database.run(
                    "INSERT INTO t VALUES ('3')",
                    "ALTER TABLE t ALTER COLUMN x TYPE int USING x::int");
            try (Worker next = Worker.of(database)) {
                next.caughtUp(database);
                database.run("INSERT INTO t VALUES (4)");
                next.caughtUp(database);

                assertThat(next.of("t"))
                        .extracting(c -> c.operation() + c.data())
                        .containsExactlyInAnyOrder(
                                "insert{x=3}",
                                "load{x=1}",
                                "load{x=1}",
                                "load{x=2}",
                                "load{x=3}",
                                "insert{x=4}");
                assertThat(next.of("t"))
                        .filteredOn(c -> c.operation().equals("load"))
                        .extracting(c -> c.metadata("commit-timestamp"))
                        .containsOnly(
                                next.of("t").stream()
                                        .filter(c -> c.operation().equals("load"))
                                        .findFirst()
                                        .orElseThrow()
                                        .metadata("commit-timestamp"));
            }
        }
    }

    @Test
    void goesOnAfterAnyDeathWithNothingMissingAndNothingNew() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE keyed (id int PRIMARY KEY, n int)",
                    "CREATE TABLE keyless (x text)",
                    "INSERT INTO keyed SELECT i, 0 FROM generate_series(1, 3000) i",
                    "INSERT INTO keyless SELECT 'same' FROM generate_series(1, 700) i");
            List<Change> all = new ArrayList<>();
            AtomicBoolean running = new AtomicBoolean(true);
            CompletableFuture<Integer> application =
                    CompletableFuture.supplyAsync(
                            () -> {
                                int count = 0;
                                try (Connection connection = database.connect();
                                        Statement statement = connection.createStatement()) {
                                    while (running.get()) {
                                        count++;
                                        statement.execute(
                                                "UPDATE keyed SET n = n + 1 WHERE id = "
                                                        + (1 + count * 7 % 3000));
                                        statement.execute(
                                                "INSERT INTO keyless VALUES ('new " + count + "')");
                                    }
                                    return count;
                                } catch (SQLException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            // When it dies after more and more polls, half of the time with nothing acknowledged
            for (int polls = 1; polls <= 24; polls += 3) {
                Worker dying = Worker.of(database, Map.of("batch.max.records", "300"));
                if (polls % 2 == 0) {
                    dying.withoutAcknowledgement();
                }
                for (int i = 0; i < polls; i++) {
                    dying.poll();
                }
                all.addAll(dying.written);
                dying.close();
            }
            running.set(false);
            int count = application.join();
            try (Worker last = Worker.of(database)) {
                last.caughtUp(database);
                all.addAll(last.written);
            }
            // Then
            List<Change> keyed =
                    distinct(
                            all.stream()
                                    .filter(c -> c.isData() && c.table().equals("keyed"))
                                    .toList());
            assertThat(count).isGreaterThan(100);
            Map<String, List<Integer>> updates = new TreeMap<>();
            keyed.stream()
                    .filter(c -> c.operation().equals("update"))
                    .forEach(
                            c ->
                                    updates.computeIfAbsent(
                                                    c.data().get("id").toString(),
                                                    id -> new ArrayList<>())
                                            .add(Integer.valueOf(c.data().get("n").toString())));
            updates.forEach(
                    (id, numbers) -> {
                        numbers.sort(null);
                        for (int i = 1; i < numbers.size(); i++) {
                            assertThat(numbers.get(i))
                                    .as("the updates of %s: %s", id, numbers)
                                    .isEqualTo(numbers.get(i - 1) + 1);
                        }
                    });
            Map<String, String> expected = new TreeMap<>();
            for (String row : database.query("SELECT id || ':' || n FROM keyed")) {
                expected.put(row.split(":")[0], "{id=" + row.replace(":", ", n=") + "}");
            }
            assertThat(stateOf(keyed, "id")).isEqualTo(expected);
            List<Change> keyless =
                    distinct(
                            all.stream()
                                    .filter(c -> c.isData() && c.table().equals("keyless"))
                                    .toList());
            List<String> texts =
                    keyless.stream()
                            .filter(c -> c.operation().equals("insert"))
                            .map(c -> c.data().get("x").toString())
                            .toList();
            assertThat(texts).doesNotHaveDuplicates();
            Set<String> known = new HashSet<>();
            keyless.forEach(c -> known.add(c.data().get("x").toString()));
            assertThat(known).hasSize(count + 1);
            // Without a key, a row both loaded and streamed would be two rows.
            assertThat(keyless).hasSize(count + 700);
            // A load never comes twice for one version of a row.
            Set<String> versions = new HashSet<>();
            for (Change c : keyed) {
                if (c.operation().equals("load")) {
                    assertThat(versions.add(c.data().toString()))
                            .as("a second load of %s", c.json())
                            .isTrue();
                }
            }
            assertThat(keyless)
                    .filteredOn(
                            c ->
                                    c.operation().equals("load")
                                            && c.data().toString().equals("{x=same}"))
                    .hasSize(700);
        }
    }

    @Test
    void neverHindersTheApplicationWhileItFollowsTheTables() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 0)");
            try (Worker worker = Worker.of(database);
                    Connection holder = database.connect();
                    Statement holding = holder.createStatement()) {
                worker.caughtUp(database);
                // Given someone who keeps the publication locked
                holder.setAutoCommit(false);
                holding.execute("CREATE TABLE other (id int PRIMARY KEY)");
                // When
                database.run(
                        "ALTER TABLE t DROP CONSTRAINT t_pkey",
                        "UPDATE t SET n = 1",
                        "CREATE TABLE meanwhile (id int PRIMARY KEY)",
                        "INSERT INTO meanwhile VALUES (1)");
                holder.commit();
                worker.until(c -> c.table().equals("meanwhile") && c.operation().equals("load"));
                worker.caughtUp(database);
                // Then
                assertThat(operations(worker, "t")).containsExactly("load", "update");
            }
        }
    }

    @Test
    void refusesToGoOnOverAGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)");
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
            }
            String slot = "daybook_" + database.name;
            dropSlot(database, slot);
            try (Worker worker = Worker.of(database)) {
                assertThatThrownBy(worker::poll)
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("is gone")
                        .hasMessageContaining("daybook.forget_slot('" + slot + "')");
            }
            database.run("SELECT daybook.forget_slot('" + slot + "')");
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
            }
        }
    }

    @Test
    void saysWhatIsWrongAndWhatToDo() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare()) {
            try (Worker worker =
                    Worker.of(
                            database,
                            Map.of("database.user", "postgres", "database.password", "x"))) {
                assertThatThrownBy(worker::poll)
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("not prepared")
                        .hasMessageContaining("source prepare");
            }
            database.prepare("public.*", "");
            try (Worker worker =
                    Worker.of(database, Map.of("database.user", "nobody_" + database.name))) {
                assertThatThrownBy(worker::poll)
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("database.user");
            }
            try (Worker worker =
                    Worker.of(
                            database,
                            Map.of(
                                    "database.url",
                                    Worker.settings(database)
                                            .get("database.url")
                                            .replace(database.name, "absent")))) {
                assertThatThrownBy(worker::poll)
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("database.url");
            }
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
    void isKnownToTheChecksOfASource() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection connection = database.connect()) {
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                assertThat(SourcePreparation.check(connection))
                        .filteredOn(f -> f.severity() == Finding.Severity.ERROR)
                        .isEmpty();
                assertThat(SourcePreparation.check(connection))
                        .extracting(Finding::code)
                        .contains("slot");
            }
            dropSlot(database, "daybook_" + database.name);
            assertThat(SourcePreparation.check(connection))
                    .extracting(Finding::code)
                    .contains("slot-gone");
        }
    }

    /** DDL that waits for a table being read would have everybody else wait behind it. */
    @Test
    void givesWayToDdlWhileItReadsATable() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE big (id int PRIMARY KEY, pad text)",
                    "INSERT INTO big SELECT i, repeat('x', 2000) FROM generate_series(1, 12000) i");
            try (Worker worker = Worker.of(database)) {
                // Given a reading that has begun and is not drained
                worker.until(c -> c.operation().equals("load"));
                // When
                database.run("SET lock_timeout = '15s'", "ALTER TABLE big ADD COLUMN more int");
                // Then
                worker.caughtUp(database);
                assertThat(distinct(worker.of("big")))
                        .extracting(Change::key)
                        .containsAll(List.of("public.big.1", "public.big.12000"));
                Set<String> keys = new HashSet<>();
                worker.of("big").forEach(c -> keys.add(c.key()));
                assertThat(keys).hasSize(12000);
            }
        }
    }

    private static void dropSlot(SourceDatabase database, String slot) throws SQLException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (true) {
            try {
                database.run("SELECT pg_drop_replication_slot('" + slot + "')");
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    /** What a consumer keeps that knows a change by its identity. */
    private static List<Change> distinct(List<Change> changes) {
        Map<String, Change> byIdentity = new LinkedHashMap<>();
        for (Change change : changes) {
            Change known = byIdentity.putIfAbsent(change.identity(), change);
            if (known != null) {
                assertThat(change.data())
                        .as("what has one identity is one record")
                        .isEqualTo(known.data());
            }
        }
        return new ArrayList<>(byIdentity.values());
    }

    /** The rows as the changes leave them, in the order of commit times and record numbers. */
    private static Map<String, String> stateOf(List<Change> changes, String key) {
        List<Change> ordered = new ArrayList<>(changes);
        ordered.removeIf(c -> !c.headers().get("daybook.key").equals("[\"" + key + "\"]"));
        ordered.sort(
                (a, b) -> {
                    int byTime =
                            a.metadata("commit-timestamp")
                                    .compareTo(b.metadata("commit-timestamp"));
                    return byTime != 0 ? byTime : Long.compare(number(a), number(b));
                });
        Map<String, String> state = new TreeMap<>();
        for (Change change : ordered) {
            state.put(change.data().get(key).toString(), change.data().toString());
        }
        return state;
    }

    private static long number(Change change) {
        String number = change.metadata("transaction-record-id");
        return number.isEmpty() ? 0 : Long.parseLong(number);
    }
}
