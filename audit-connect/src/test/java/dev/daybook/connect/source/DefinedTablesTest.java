package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The stream has the definition of tables that were captured before its slot was made. */
class DefinedTablesTest {

    private static final String DEFINED = "define-table public.t";

    @Test
    void aTableThatWasThereBeforeTheSlotIsDefinedOnceOverRestarts() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, doc jsonb)");
            database.prepare("public.*", "");
            Worker first = Worker.of(database);
            first.until(c -> c.tableChange().equals(DEFINED));
            database.run("CREATE TABLE later (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            first.caughtUp(database);
            first.close();

            // When
            try (Worker second = Worker.after(first, database)) {
                database.run("CREATE TABLE last (id int PRIMARY KEY)");
                second.until(c -> c.tableChange().equals("create-table public.last"));
                second.caughtUp(database);

                // Then
                assertThat(first.tableChanges())
                        .containsExactly(DEFINED, "create-table public.later");
                assertThat(second.tableChanges()).doesNotContain(DEFINED);
                assertThat(columns(first)).containsOnlyKeys("id", "doc");
                assertThat(TestJson.asObject(columns(first).get("doc")))
                        .containsEntry("postgres-type", "jsonb");
            }
        }
    }

    @Test
    void aSourceThatAnEarlierBuildCapturesIsDefinedWhenItIsPreparedAnew() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, doc jsonb)");
            database.prepare("public.*", "");
            Worker first = Worker.of(database);
            first.until(c -> c.tableChange().equals(DEFINED));
            first.close();
            // Given a source that does not know which definitions were told
            database.run(
                    "DROP TABLE daybook.defined_table",
                    "DROP FUNCTION daybook.define_tables(text)");
            database.prepare("public.*", "");

            // When
            try (Worker second = Worker.after(first, database)) {
                second.until(c -> c.tableChange().equals(DEFINED));
            }
        }
    }

    @Test
    void aTableThatACommandIsChangingIsDefinedAsTheCommandLeavesIt() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int)");
            database.prepare("public.*", "");
            Worker first = Worker.of(database);
            first.until(c -> c.tableChange().equals(DEFINED));
            first.close();
            database.run("DELETE FROM daybook.defined_table");
            try (Connection changing = database.connect();
                    Statement command = changing.createStatement()) {
                changing.setAutoCommit(false);
                command.execute("ALTER TABLE t ADD COLUMN doc jsonb");
                try (Worker second = Worker.after(first, database)) {
                    awaitOneDefined(second, database);

                    // When
                    changing.commit();

                    // Then
                    second.until(c -> c.tableChange().equals(DEFINED) && c.json().contains("doc"));
                    assertThat(second.tableChanges())
                            .containsSubsequence("alter-table public.t", DEFINED);
                    assertThat(columns(second)).containsOnlyKeys("id", "doc");
                }
            }
        }
    }

    private static void awaitOneDefined(Worker worker, SourceDatabase database)
            throws SQLException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        List<String> one = List.of("1");
        while (!database.query("SELECT count(*) FROM daybook.defined_table").equals(one)) {
            assertThat(System.nanoTime()).as("one is defined in time").isLessThan(deadline);
            worker.poll();
        }
    }

    /** Returns the columns of the definition that was told last of the table. */
    private static Map<String, Object> columns(Worker worker) {
        List<Map<String, Object>> told = worker.controls("t");
        Map<String, Object> definition =
                TestJson.asObject(told.get(told.size() - 1).get("table-def"));
        return TestJson.asObject(definition.get("columns"));
    }
}
