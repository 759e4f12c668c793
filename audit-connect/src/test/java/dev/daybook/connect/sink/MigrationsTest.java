package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The audit database as the migrations make it: partitions, append-only, roles, retention. */
class MigrationsTest {

    private static AuditDatabase database;

    @BeforeAll
    static void migrate() {
        database = AuditDatabase.create();
    }

    /** The build runs these tests twice, the second time on the oldest server that is supported. */
    @Test
    void theServerIsTheOneThatTheBuildChose() {
        String wanted = System.getProperty("daybook.postgresql", "");
        assertThat(database.rows("SHOW server_version").get(0)).startsWith(wanted);
    }

    @Test
    void partitionsExistBeforeTheyAreNeeded() {
        assertThat(
                        database.rows(
                                "SELECT count(to_regclass(to_char(now() + n * interval '1 month', "
                                        + "'\"audit.entry_\"YYYY_MM'))) FROM generate_series(-1, 3) AS n"))
                .containsExactly("5");
    }

    @ParameterizedTest
    @CsvSource({
        "1900-01-31T23:59:59.999999Z, entry_1900_01",
        "2100-12-31T23:59:59.999999Z, entry_2100_12",
        "0044-03-15 12:00:00+00 BC, entry_0044_03_bc",
        "12026-11-22 00:00:00+00, entry_12026_11"
    })
    void aPartitionAppearsForAnyTime(String time, String partition) {
        // When
        database.rows("daybook_writer", "SELECT audit.ensure_partition('" + time + "')");
        insert("daybook_writer", time);

        // Then
        assertThat(
                        database.rows(
                                "daybook_reader",
                                "SELECT tableoid::regclass FROM audit.entry WHERE committed_at = '"
                                        + time
                                        + "'"))
                .containsExactly("audit." + partition);
        assertThat(database.rows("daybook_writer", "SELECT audit.ensure_partition('" + time + "')"))
                .containsExactly("0");
    }

    @Test
    void callersAtTheSameTimeMakeEachPartitionOnce() throws Exception {
        // When
        ExecutorService callers = Executors.newFixedThreadPool(6);
        List<Future<List<String>>> made = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            made.add(
                    callers.submit(
                            () ->
                                    database.rows(
                                            "daybook_writer",
                                            "SELECT audit.ensure_partitions('1955-01-15', '1955-06-15')")));
        }

        // Then six months of two tables
        int total = 0;
        for (Future<List<String>> one : made) {
            total += Integer.parseInt(one.get(60, TimeUnit.SECONDS).get(0));
        }
        callers.shutdown();
        assertThat(total).isEqualTo(12);
    }

    @Test
    void theDatabasesOwnerAppliesTheMigrationsWithoutBeingASuperuser() {
        // Given what a managed service gives its customers
        database.execute(
                "DROP ROLE IF EXISTS master; CREATE ROLE master LOGIN CREATEROLE; GRANT daybook_owner TO"
                        + " master WITH ADMIN OPTION; GRANT daybook_writer TO master WITH ADMIN OPTION; GRANT"
                        + " daybook_reader TO master WITH ADMIN OPTION");
        AuditDatabase owned = AuditDatabase.empty();
        owned.execute(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO master', current_database()); END $$");

        // When
        owned.migrate("master");

        // Then
        assertThat(owned.rows("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'audit'"))
                .containsExactly("daybook_owner");
        assertThat(owned.rows("daybook_writer", "SELECT audit.ensure_partition('1960-01-01')"))
                .containsExactly("2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"infinity", "-infinity"})
    void noPartitionHoldsInfinity(String time) {
        assertThatThrownBy(
                        () ->
                                database.rows(
                                        "daybook_writer",
                                        "SELECT audit.ensure_partition('" + time + "')"))
                .hasMessageContaining("must be finite times");
    }

    @ParameterizedTest
    @CsvSource({
        "UPDATE, UPDATE %s SET recorded_at = now()",
        "DELETE, DELETE FROM %s",
        "TRUNCATE, TRUNCATE %s"
    })
    void nobodyChangesTheLog(String operation, String statement) {
        // Given
        insert("daybook_writer", "2001-05-05T00:00:00Z");

        for (String table :
                List.of(
                        "audit.entry",
                        "audit.entry_2001_05",
                        "audit.transaction",
                        "audit.rejected")) {
            for (String role : List.of("postgres", "daybook_owner")) {
                String sql =
                        "SET session_replication_role = replica; SET ROLE "
                                + role
                                + "; "
                                + statement.formatted(table);
                // Then
                assertThatThrownBy(() -> database.execute(sql))
                        .hasMessageContaining(operation)
                        .hasMessageContaining("append-only")
                        .hasMessageContaining("drop_partitions_before");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM audit.gap",
                "SELECT * FROM audit.known_gap",
                "SELECT * FROM audit.completeness",
                "UPDATE audit.entry SET actor = 'me'",
                "DELETE FROM audit.entry",
                "TRUNCATE audit.entry",
                "DELETE FROM audit.transaction",
                "DELETE FROM audit.rejected",
                "DROP TABLE audit.entry",
                "SELECT * FROM audit.api_key",
                "SELECT * FROM audit.read",
                "SELECT audit.drop_partitions_before('2000-01-01')",
                "SELECT * FROM audit.request_replays('{}', '{}', 'x')",
                "SELECT * FROM audit.replay",
                "SELECT audit.register_first_api_key(gen_random_uuid(), 'x', sha256('x'))",
                "ALTER TABLE audit.entry DISABLE TRIGGER append_only",
                "CREATE TABLE audit.mine (a int)"
            })
    void theWriterOnlyWrites(String sql) {
        assertThatThrownBy(() -> database.execute("daybook_writer", sql))
                .isInstanceOfSatisfying(
                        AuditDatabase.SqlRefused.class,
                        e -> assertThat(e.state()).isEqualTo("42501"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM audit.differing_entries('{}', '{}', '{}', '{}', '{}', '{}', '{}',"
                        + " '{}', '{}')",
                "SELECT * FROM audit.differing_rejected('{}', '{}', '{}', '{}')",
                "INSERT INTO audit.gap (id, found_at, stage, cause, reason) VALUES"
                        + " (gen_random_uuid(), now(), 'sink', 'expired', 'r')",
                "INSERT INTO audit.api_key VALUES (gen_random_uuid(), 'x', sha256('x'))",
                "INSERT INTO audit.rejected (id) VALUES (gen_random_uuid())",
                "INSERT INTO audit.replay (id, rejected_id, requested_by) VALUES"
                        + " (gen_random_uuid(), gen_random_uuid(), 'x')",
                "INSERT INTO audit.replay_outcome (replay_id, rejected_id, outcome) VALUES"
                        + " (gen_random_uuid(), gen_random_uuid(), 'replayed')",
                "UPDATE audit.entry SET actor = 'me'",
                "UPDATE audit.watermark SET complete_until = now()",
                "UPDATE audit.sink_offset SET next_offset = 0",
                "DELETE FROM audit.entry",
                "INSERT INTO audit.read VALUES (gen_random_uuid(), now(), 'key', 'x', 'x', 'x', 1)",
                "DELETE FROM audit.read",
                "UPDATE audit.api_key SET last_used_at = now()",
                "SELECT audit.ensure_partition(now())",
                "SELECT audit.drop_partitions_before('2000-01-01')"
            })
    void theReaderOnlyReads(String sql) {
        assertThatThrownBy(() -> database.execute("daybook_reader", sql))
                .isInstanceOfSatisfying(
                        AuditDatabase.SqlRefused.class,
                        e -> assertThat(e.state()).isEqualTo("42501"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO audit.entry SELECT * FROM audit.entry",
                "INSERT INTO audit.transaction SELECT * FROM audit.transaction",
                "INSERT INTO audit.rejected SELECT * FROM audit.rejected",
                "INSERT INTO audit.segment SELECT * FROM audit.segment",
                "UPDATE audit.entry SET seed = ''",
                "UPDATE audit.watermark SET complete_until = now()",
                "DELETE FROM audit.segment",
                "SELECT audit.begin_stream('sink', 'entries', 0, 0)",
                "SELECT audit.ensure_partition(now())",
                "SELECT name FROM audit.api_key",
                "SELECT * FROM audit.read",
                "SELECT * FROM audit.saved_view"
            })
    void theSealerOnlyReadsAndOnlyWhatItSeals(String sql) {
        assertThatThrownBy(() -> database.execute("daybook_sealer", sql))
                .isInstanceOfSatisfying(
                        AuditDatabase.SqlRefused.class,
                        e -> assertThat(e.state()).isEqualTo("42501"));
    }

    @Test
    void theReaderRegistersTheFirstKeyAndNoOther() {
        String register =
                "SELECT audit.register_first_api_key(gen_random_uuid(), '%s', sha256('%s'))";

        assertThat(database.rows("daybook_reader", register.formatted("first", "a")))
                .containsExactly("t");
        assertThat(database.rows("daybook_reader", register.formatted("second", "b")))
                .containsExactly("f");
        assertThat(database.rows("daybook_reader", "SELECT name FROM audit.api_key"))
                .containsExactly("first");
    }

    @Test
    void retentionDropsWholeMonthsAndSaysSo() {
        // Given
        insert("daybook_writer", "1980-03-05T00:00:00Z");
        insert("daybook_writer", "1980-04-05T00:00:00Z");

        // When
        List<String> removed =
                database.rows("SELECT * FROM audit.drop_partitions_before('1980-04-20')");

        // Then
        assertThat(removed).contains("entry_1980_03|1");
        assertThat(
                        database.rows(
                                "SELECT committed_at FROM audit.entry WHERE committed_at < '1981-01-01'"))
                .hasSize(1);
        assertThat(
                        database.rows(
                                "SELECT range_from, range_to, row_count, dropped_by FROM audit.retention"
                                        + " WHERE table_name = 'entry_1980_03'"))
                .containsExactly("1980-03-01 00:00:00+00|1980-04-01 00:00:00+00|1|postgres");
    }

    @Test
    void everythingBelongsToTheOwner() {
        assertThat(
                        database.rows(
                                "SELECT relname FROM pg_class WHERE relnamespace = 'audit'::regnamespace AND"
                                        + " relowner <> 'daybook_owner'::regrole UNION ALL SELECT proname FROM"
                                        + " pg_proc WHERE pronamespace = 'audit'::regnamespace AND proowner <>"
                                        + " 'daybook_owner'::regrole"))
                .isEmpty();
    }

    private static void insert(String user, String time) {
        if (database.rows("SELECT to_regclass('audit.entry')").contains("-")) {
            throw new AssertionError("The database has no audit.entry.");
        }
        database.rows("daybook_writer", "SELECT audit.ensure_partition('" + time + "')");
        database.execute(
                user,
                "INSERT INTO audit.entry (id, committed_at, sequence, source, table_name, operation)"
                        + " VALUES (gen_random_uuid(), '"
                        + time
                        + "', 1, 'shop', 'public.t', 'insert')");
    }
}
