package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.contract.RecordHeader;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** A change has the key that its table had when it was made, however late it is read. */
class FormerKeysTest {

    @ParameterizedTest
    @ValueSource(strings = {"FULL", "DEFAULT"})
    void aChangeHasTheKeyOfItsTimeAndIsTheSameWhenItIsSentAgain(String identity) throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE t (a int, b int, c int, PRIMARY KEY (b, a))",
                    "ALTER TABLE t REPLICA IDENTITY " + identity);
            Worker behind = Worker.of(database);
            behind.caughtUp(database);
            behind.withoutAcknowledgement();
            database.run(
                    "INSERT INTO t VALUES (1, 2, 3)",
                    "BEGIN; UPDATE t SET c = 4; ALTER TABLE t DROP CONSTRAINT t_pkey,"
                            + " ADD PRIMARY KEY (c); UPDATE t SET b = 7; COMMIT",
                    "ALTER TABLE t RENAME c TO d",
                    "INSERT INTO t VALUES (5, 6, 7)");

            List<String> keys = keys(behind, database);

            assertThat(keys)
                    .containsExactly("[\"b\",\"a\"]", "[\"b\",\"a\"]", "[\"c\"]", "[\"d\"]");
            behind.close();
            database.run(
                    "ALTER TABLE t DROP CONSTRAINT t_pkey",
                    "ALTER TABLE t ADD PRIMARY KEY (a, b, d)",
                    "DROP TABLE t",
                    "CREATE TABLE t (d int PRIMARY KEY)");
            try (Worker again = Worker.after(behind, database)) {
                assertThat(keys(again, database)).isEqualTo(keys);
                assertThat(changes(again).map(Change::identity))
                        .containsExactlyElementsOf(changes(behind).map(Change::identity).toList());
            }
        }
    }

    @Test
    void formerKeysAreForgottenThatNoSlotNeeds() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (a int PRIMARY KEY)", "DROP TABLE t");
            assertThat(database.query("SELECT count(*) FROM daybook.former_key")).contains("1");
            List<String> none = List.of("0");
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (!database.query("SELECT count(*) FROM daybook.former_key").equals(none)) {
                assertThat(System.nanoTime()).as("it is forgotten").isLessThan(deadline);
                database.run("CHECKPOINT", "CREATE TABLE IF NOT EXISTS u (a int)", "DROP TABLE u");
                worker.caughtUp(database);
                database.query("SELECT count(*) FROM daybook.align()");
            }
        }
    }

    private static List<String> keys(Worker worker, SourceDatabase database) throws SQLException {
        worker.caughtUp(database);
        return changes(worker).map(c -> c.headers().get(RecordHeader.KEY)).toList();
    }

    /** Without the rows that are read because the key is another one. */
    private static Stream<Change> changes(Worker worker) {
        return worker.of("t").stream().filter(c -> !c.operation().equals("load"));
    }
}
