package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The capture follows what happens to tables as a whole. */
class TableChangesTest {

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
                assertThat(worker.operations("t")).containsExactly("load", "update");
            }
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
                assertThat(Change.distinct(worker.of("big")))
                        .extracting(Change::key)
                        .containsAll(List.of("public.big.1", "public.big.12000"));
                Set<String> keys = new HashSet<>();
                worker.of("big").forEach(c -> keys.add(c.key()));
                assertThat(keys).hasSize(12000);
            }
        }
    }
}
