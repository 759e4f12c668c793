package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.Statement;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The capture follows what happens to tables as a whole. */
class TableChangesTest {

    @Test
    void aPartitionedTablesChangesGoOnUnderItsNewName() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE SCHEMA other",
                    "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "INSERT INTO p VALUES (1)");
            worker.until(c -> c.isData() && c.table().equals("p"));

            database.run("ALTER TABLE p RENAME TO q", "INSERT INTO q VALUES (2)");
            worker.caughtUp(database);
            assertThat(worker.of("q")).hasSize(1);

            database.run("ALTER TABLE q SET SCHEMA other", "INSERT INTO other.q VALUES (3)");
            worker.caughtUp(database);
            database.run("INSERT INTO other.q VALUES (4)");
            worker.caughtUp(database);
            assertThat(worker.of("q")).hasSize(1);
        }
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
            worker.until(c -> c.tableChange().equals("drop-table public.u"));

            assertThat(worker.tableChanges())
                    .containsExactly(
                            "create-table public.t",
                            "alter-table public.t",
                            "alter-table public.t",
                            "alter-table public.t",
                            "alter-table public.t",
                            "rename-table public.u",
                            "rename-table public.t",
                            "drop-table public.u");
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

    /** The log has its rows: nothing else would say that they are gone. */
    @Test
    void aTableThatIsDroppedBeforeASerializableMakingIsNotedIsToldToBeGone() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                // No look at the tables notes them in between.
                Worker worker =
                        Worker.of(database, Map.of("tables.refresh.interval.ms", "600000"))) {
            database.run("CREATE TABLE noted (id int PRIMARY KEY)");
            worker.caughtUp(database);

            database.inTransaction(
                    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                    "CREATE TABLE later (id int PRIMARY KEY)",
                    "INSERT INTO later VALUES (1)");
            database.run("DROP TABLE later");
            database.inTransaction(
                    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                    "CREATE TABLE \"at once\" (id int)",
                    "INSERT INTO \"at once\" VALUES (1)",
                    "DROP TABLE \"at once\"");
            for (String statement :
                    List.of(
                            "CREATE TABLE each (id int); INSERT INTO each VALUES (1)",
                            "DROP TABLE each",
                            "ALTER TABLE noted RENAME TO renamed; INSERT INTO renamed VALUES (1)")) {
                database.inTransaction("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", statement);
            }
            database.run("DROP TABLE renamed");
            worker.caughtUp(database);

            assertThat(worker.of("later")).hasSize(1);
            assertThat(worker.of("at once")).hasSize(1);
            assertThat(worker.of("each")).hasSize(1);
            assertThat(worker.of("renamed")).hasSize(1);
            assertThat(worker.tableChanges())
                    .contains(
                            "drop-table public.later",
                            "drop-table public.at once",
                            "drop-table public.each",
                            "drop-table public.noted",
                            "drop-table public.renamed");
            assertThat(worker.tableChanges()).doesNotHaveDuplicates();
        }
    }

    /**
     * Told later, what became of the former table would end the rows of the one that has its name.
     */
    @Test
    void aNameThatASerializableTransactionGaveUpIsToldToBeFreeBeforeItIsTaken() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);
            database.run(
                    "CREATE TABLE dropped (id int PRIMARY KEY)",
                    "CREATE TABLE renamed (id int PRIMARY KEY)");
            worker.caughtUp(database);

            database.inTransaction(
                    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                    "DROP TABLE dropped",
                    "ALTER TABLE renamed RENAME TO other");
            database.run(
                    "CREATE TABLE dropped (id int PRIMARY KEY)",
                    "CREATE TABLE renamed (id int PRIMARY KEY)",
                    "SELECT daybook.align()");
            worker.caughtUp(database);

            assertThat(worker.tableChanges())
                    .filteredOn(change -> change.endsWith(".dropped"))
                    .containsExactly(
                            "create-table public.dropped",
                            "drop-table public.dropped",
                            "create-table public.dropped");
            assertThat(worker.tableChanges())
                    .filteredOn(change -> !change.endsWith(".dropped"))
                    .containsExactly(
                            "create-table public.renamed",
                            "rename-table public.other",
                            "rename-table public.renamed",
                            "create-table public.renamed");
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

    /** Anybody may write such a message; an earlier version of the source's part did. */
    @Test
    void goesOnAfterAMessageAboutADroppedTableThatNamesNone() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "SELECT pg_logical_emit_message(true, 'daybook.drop-table', 'nothing')",
                    "SELECT pg_logical_emit_message(true, 'daybook.drop-table', 'a.b.c')",
                    "SELECT pg_logical_emit_message(true, 'daybook.drop-table', 'public.\"a.b\"')");
            worker.until(c -> c.operation().equals("drop-table"));

            assertThat(worker.written)
                    .filteredOn(c -> c.operation().equals("drop-table"))
                    .extracting(Change::table)
                    .containsExactly("a.b");
        }
    }

    @Test
    void saysWhichColumnsWereAddedDroppedRenamedAndRewritten() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, price numeric, x text, note text,"
                            + " twice numeric GENERATED ALWAYS AS (price * 2) STORED)",
                    "INSERT INTO t VALUES (1, 5, 'old', 'a')",
                    "ALTER TABLE t ALTER price SET STATISTICS 200",
                    "ALTER TABLE t DROP x, ADD x text",
                    "ALTER TABLE t ALTER x SET DEFAULT ''",
                    "ALTER TABLE t ALTER note TYPE varchar",
                    "DROP TABLE t");
            worker.until(c -> c.tableChange().startsWith("drop-table"));

            List<Map<String, Object>> controls = worker.controls("t");
            assertThat(columns(controls.get(0), "table-def"))
                    .isEqualTo("{id=1, price=2, x=3, note=4, twice=5}");
            assertThat(columns(controls.get(1), "was"))
                    .isEqualTo("{id=1, price=2, x=3, note=4, twice=5}");
            assertThat(columns(controls.get(1), "table-def"))
                    .isEqualTo("{id=1, price=2, note=4, twice=5, x=6}");
            assertThat(controls.get(1)).doesNotContainKey("rewritten");
        }
    }

    /** The stored values are others, and neither name nor type nor number says so. */
    @Test
    void saysThatAColumnsValuesWereWrittenAnew() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, price numeric, note text)",
                    "INSERT INTO t VALUES (1, 5, 'a')",
                    "ALTER TABLE t ALTER price TYPE numeric USING price * 100",
                    "CREATE TABLE p (id int PRIMARY KEY, n numeric) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (10)",
                    "INSERT INTO p VALUES (1, 5)",
                    "ALTER TABLE p ALTER n TYPE numeric USING n + 1",
                    "DROP TABLE t");
            worker.until(c -> c.tableChange().startsWith("drop-table"));

            assertThat(worker.controls("t").get(1).get("rewritten")).isEqualTo(List.of("price"));
            assertThat(last(worker.controls("p")).get("rewritten")).isEqualTo(List.of("n"));
        }
    }

    @Test
    void tellsOfEachCommandOfOneTransaction() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, a text, n numeric(9, 2))",
                    "INSERT INTO t VALUES (1, 'a', 2)");
            worker.caughtUp(database);

            database.inTransaction(
                    "ALTER TABLE t RENAME a TO b",
                    "ALTER TABLE t RENAME b TO c",
                    "ALTER TABLE t ALTER c SET NOT NULL",
                    "ALTER TABLE t ALTER n TYPE numeric(9, 3) USING n * 2",
                    "ALTER TABLE t ALTER n TYPE numeric(9, 2) USING n * 3",
                    "ALTER TABLE t DROP CONSTRAINT t_pkey",
                    "ALTER TABLE t ADD PRIMARY KEY (c)");
            worker.caughtUp(database);

            assertThat(worker.controls("t"))
                    .filteredOn(control -> control.containsKey("was"))
                    .extracting(
                            control ->
                                    columns(control, "table-def")
                                            + " "
                                            + ((Map<?, ?>) control.get("table-def"))
                                                    .get("primary-key")
                                            + " "
                                            + control.get("rewritten"))
                    .containsExactly(
                            "{id=1, b=2, n=3} [id] null",
                            "{id=1, c=2, n=3} [id] null",
                            "{id=1, c=2, n=3} [id] null",
                            "{id=1, c=2, n=3} [id] [n]",
                            "{id=1, c=2, n=3} [id] [n]",
                            "{id=1, c=2, n=3} [] null",
                            "{id=1, c=2, n=3} [c] null");
        }
    }

    @Test
    void tellsWhatACommandAlteredOfTheTablesThatInherit() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker =
                        Worker.of(database, Map.of("tables.refresh.interval.ms", "3600000"))) {
            worker.poll();
            database.run(
                    "CREATE TABLE parent (id int PRIMARY KEY, a text)",
                    "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                    "CREATE TABLE grandchild (PRIMARY KEY (id)) INHERITS (child)",
                    "ALTER TABLE parent ADD b int",
                    "ALTER TABLE ONLY parent ALTER a SET DEFAULT 'x'",
                    "ALTER TABLE parent RENAME a TO c");
            worker.caughtUp(database);

            for (String table : List.of("parent", "child", "grandchild")) {
                assertThat(worker.controls(table))
                        .extracting(control -> columns(control, "table-def"))
                        .containsExactly("{id=1, a=2}", "{id=1, a=2, b=3}", "{id=1, c=2, b=3}");
            }
        }
    }

    /** As other captures make one; it refuses deletes of a table without identity, ours too. */
    @Test
    void followsDdlBesideAPublicationOfAllTables() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE PUBLICATION theirs FOR ALL TABLES",
                    "ALTER TABLE t ADD a text",
                    "CREATE TABLE u (id int PRIMARY KEY)",
                    "DROP TABLE t");
            worker.caughtUp(database);

            assertThat(worker.tableChanges())
                    .containsExactly(
                            "create-table public.t",
                            "alter-table public.t",
                            "create-table public.u",
                            "drop-table public.t");
        }
    }

    @Test
    void writesTheNewNameOfARenamedTableBeforeItsFormerOne() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("public.*, archive.*", "");
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run("CREATE SCHEMA archive", "CREATE TABLE a (id int PRIMARY KEY)");
            database.inTransaction("INSERT INTO a VALUES (1)", "ALTER TABLE a SET SCHEMA archive");
            database.run("ALTER SCHEMA archive RENAME TO elsewhere");
            worker.until(
                    c ->
                            c.tableChange().equals("rename-table archive.a")
                                    && "elsewhere.a".equals(c.control().get("to")));

            assertThat(worker.tableChanges())
                    .containsExactly(
                            "create-table public.a",
                            "rename-table archive.a",
                            "rename-table public.a",
                            // To a schema that is not captured.
                            "rename-table archive.a");
            assertThat(worker.controls("a"))
                    .extracting(control -> control.get("from") + " " + control.get("to"))
                    .containsExactly(
                            "null null", "public.a null", "null archive.a", "null elsewhere.a");
            Change renamed = worker.until(c -> c.tableChange().equals("rename-table archive.a"));
            assertThat(renamed.metadata("transaction-record-id")).isEqualTo("2");
            assertThat(renamed.metadata("stream-position")).isNotEmpty();
        }
    }

    /** What became of a table is told, if late, where no event trigger fired. */
    @Test
    void followsTablesWhereEventTriggersDoNotFire() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, a text)",
                    "CREATE TABLE u (id int PRIMARY KEY)");
            worker.caughtUp(database);
            database.run(
                    "ALTER EVENT TRIGGER daybook_after_ddl DISABLE",
                    "ALTER EVENT TRIGGER daybook_after_drop DISABLE",
                    "ALTER TABLE t RENAME a TO b");
            worker.until(c -> c.tableChange().equals("alter-table public.t"));
            database.inTransaction("DROP TABLE t", "CREATE TABLE t (id int PRIMARY KEY)");
            worker.until(c -> c.tableChange().equals("capture-table public.t"));
            database.inTransaction(
                    "ALTER TABLE t RENAME TO swap",
                    "ALTER TABLE u RENAME TO t",
                    "ALTER TABLE swap RENAME TO u");
            worker.until(c -> c.tableChange().equals("rename-table public.u"));
            worker.caughtUp(database);

            List<String> changes = worker.tableChanges();
            assertThat(changes.subList(changes.indexOf("alter-table public.t"), changes.size()))
                    .startsWith(
                            "alter-table public.t",
                            "drop-table public.t",
                            "capture-table public.t");
            // Of two that have each other's names nothing goes on: they are read anew.
            assertThat(last(worker.controls("t")).get("from")).isNotEqualTo("public.u");
        }
    }

    @Test
    void saysWhatBecomesOfPartitions() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE p_b PARTITION OF p FOR VALUES FROM (100) TO (200)",
                    "INSERT INTO p VALUES (1, 'a'), (101, 'b')");
            worker.caughtUp(database);
            // When
            database.run(
                    "ALTER TABLE p DETACH PARTITION p_a",
                    "UPDATE p_a SET v = 'changed while detached'",
                    "ALTER TABLE p ATTACH PARTITION p_a FOR VALUES FROM (0) TO (100)",
                    "DROP TABLE p_b");
            worker.until(c -> c.tableChange().startsWith("drop-partition"));
            // Then
            assertThat(worker.tableChanges())
                    .containsExactly(
                            "create-table public.p",
                            "attach-partition public.p",
                            "attach-partition public.p",
                            "detach-partition public.p",
                            "capture-table public.p_a",
                            "release-table public.p_a",
                            "attach-partition public.p",
                            "drop-partition public.p");
            assertThat(worker.controls("p"))
                    .extracting(control -> control.get("partition") + " " + control.get("empty"))
                    .containsExactly(
                            "null null",
                            "public.p_a true",
                            "public.p_b true",
                            "public.p_a null",
                            "public.p_a false",
                            "public.p_b null");
            assertThat(worker.operations("p_a")).contains("update");
            // What it brought is read with the table.
            worker.until(
                    c ->
                            c.table().equals("p")
                                    && c.operation().equals("load")
                                    && "changed while detached".equals(c.data().get("v")));
        }
    }

    @Test
    void saysWhatBecomesOfAPartitionThatHasPartitions() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE middle (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "ALTER TABLE p ATTACH PARTITION middle FOR VALUES FROM (0) TO (100)",
                    "ALTER TABLE p DETACH PARTITION middle",
                    "CREATE TABLE leaf_a PARTITION OF middle FOR VALUES FROM (0) TO (10)",
                    "CREATE TABLE leaf_b PARTITION OF middle FOR VALUES FROM (10) TO (20)",
                    "INSERT INTO middle VALUES (1), (11)",
                    "ALTER TABLE p ATTACH PARTITION middle FOR VALUES FROM (0) TO (100)");
            worker.until(
                    c ->
                            c.table().equals("p")
                                    && c.operation().equals("load")
                                    && "11".equals(String.valueOf(c.data().get("id"))));
            // Rows are read beside the stream, which may still be on its way.
            worker.caughtUp(database);
            assertThat(worker.tableChanges())
                    .containsExactly(
                            "create-table public.p",
                            "create-table public.middle",
                            "release-table public.middle",
                            "attach-partition public.p",
                            "detach-partition public.p",
                            "capture-table public.middle",
                            "attach-partition public.middle",
                            "attach-partition public.middle",
                            "release-table public.middle",
                            "attach-partition public.p",
                            "attach-partition public.p",
                            "attach-partition public.p");

            database.run(
                    "ALTER TABLE p DETACH PARTITION middle",
                    "INSERT INTO middle VALUES (2)",
                    "DROP TABLE p");
            worker.until(c -> c.tableChange().equals("drop-table public.p"));
            assertThat(worker.tableChanges().subList(12, worker.tableChanges().size()))
                    .containsExactly(
                            "detach-partition public.p",
                            "detach-partition public.p",
                            "detach-partition public.p",
                            "capture-table public.middle",
                            "drop-table public.p");
            assertThat(worker.operations("middle")).contains("insert", "insert", "insert");
            assertThat(
                            database.query(
                                    "SELECT relid::regclass || ' ' || root::regclass FROM"
                                            + " daybook.captured_partition ORDER BY 1"))
                    .containsExactly("leaf_a middle", "leaf_b middle");
        }
    }

    @Test
    void noticesThatAPartitionWasTruncatedAndNoneWhereItWasTheTable() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE p_b PARTITION OF p FOR VALUES FROM (100) TO (200)",
                    "INSERT INTO p VALUES (1), (101)",
                    "TRUNCATE p",
                    "INSERT INTO p VALUES (1), (101)",
                    "VACUUM FULL p_b");
            worker.until(c -> c.operation().equals("truncate"));
            // Given the look at the tables that the table's own truncation causes
            while (!database.query(
                            "SELECT p.relid FROM daybook.captured_partition p JOIN pg_class c"
                                    + " ON c.oid = p.relid WHERE c.relfilenode <> p.file")
                    .isEmpty()) {
                worker.poll();
            }
            database.run("TRUNCATE p_a");
            worker.until(c -> c.tableChange().startsWith("truncate-partition"));

            assertThat(worker.controls("p"))
                    .filteredOn(control -> !control.containsKey("table-def"))
                    .extracting(control -> control.get("partition") + " " + control.get("empty"))
                    .containsExactly("public.p_a true", "public.p_b true", "public.p_a null");
        }
    }

    @Test
    void saysThatAPartitionWasTruncatedBeforeAnythingLaterIsClaimed() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker =
                        Worker.of(database, Map.of("tables.refresh.interval.ms", "3600000"))) {
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE p_b PARTITION OF p FOR VALUES FROM (100) TO (200)",
                    "INSERT INTO p VALUES (1), (101)");
            worker.caughtUp(database);

            database.run("TRUNCATE p_a");
            worker.caughtUp(database);

            assertThat(worker.tableChanges()).contains("truncate-partition public.p");
        }
    }

    @Test
    void aPartitionThatCameOrWentIsNoRewritingOfItsTablesValues() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "CREATE TABLE p_b PARTITION OF p FOR VALUES FROM (100) TO (200)",
                    "ALTER TABLE p RENAME v TO w",
                    "DROP TABLE p_b",
                    "ALTER TABLE p RENAME w TO x");
            worker.until(
                    c ->
                            c.tableChange().equals("alter-table public.p")
                                    && columns(c.control(), "table-def").contains("x"));

            assertThat(worker.controls("p"))
                    .filteredOn(control -> control.containsKey("was"))
                    .hasSize(2)
                    .noneMatch(control -> control.containsKey("rewritten"));
        }
    }

    @Test
    void saysWhenATableIsNoLongerCapturedAndWhenItIsAgain() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            worker.caughtUp(database);
            database.run("SELECT daybook.configure('public.*, !public.t')");
            worker.until(c -> c.tableChange().equals("release-table public.t"));
            database.run("SELECT daybook.configure('public.*')");
            worker.until(c -> c.tableChange().equals("capture-table public.t"));
            worker.until(c -> c.table().equals("t") && c.operation().equals("load"));
        }
    }

    private static Map<String, Object> last(List<Map<String, Object>> controls) {
        return controls.get(controls.size() - 1);
    }

    private static String columns(Map<String, Object> control, String definition) {
        Map<String, Object> columns =
                TestJson.asObject(TestJson.asObject(control.get(definition)).get("columns"));
        Map<String, Object> numbers = new LinkedHashMap<>();
        columns.forEach(
                (name, column) -> numbers.put(name, TestJson.asObject(column).get("number")));
        return numbers.toString();
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
