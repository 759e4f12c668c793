package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.Finding;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Each fault is planted in an audit database of its own; the doctor finds it, and nothing else. */
class AuditExaminationTest {

    private static final String REJECTED =
            "INSERT INTO audit.rejected (id, rejected_at, stage, code, reason) VALUES"
                    + " (gen_random_uuid(), now() - interval '%s', 'ingest', 'not-json', 'test')";

    private static final String WATERMARK =
            "INSERT INTO audit.watermark (source, changes_partition, entries_partition,"
                    + " changes_partitions, entries_partitions, complete_until) VALUES ('shop', 0, 0,"
                    + " %d, 1, now() - interval '%s')";

    /**
     * A fault.
     *
     * @param plant the SQL that plants it
     * @param undo the SQL that takes away what is not the database's own
     * @param code what must be found; empty for nothing
     */
    record Fault(String code, List<String> plant, List<String> undo) {

        static Fault of(String code, String... plant) {
            return new Fault(code, List.of(plant), List.of());
        }

        Fault undo(String... statements) {
            return new Fault(code, plant, List.of(statements));
        }

        @Override
        public String toString() {
            return code.isEmpty() ? "nothing" : code;
        }
    }

    private static String ended(String cause, String ago) {
        return ("INSERT INTO audit.gap (id, found_at, source, table_name, from_time, to_time, stage, cause,"
                        + " reason) VALUES (gen_random_uuid(), now() - interval '%2$s', 'shop',"
                        + " 'public.t', now() - interval '%2$s', now() - interval '%2$s',"
                        + " 'source', '%1$s', 'test')")
                .formatted(cause, ago);
    }

    private static String readAgain(String ago) {
        return "INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation,"
                + " sequence, after) VALUES (gen_random_uuid(), date_trunc('milliseconds', now() - interval '"
                + ago
                + "'), 'shop', 'public.t', '1', 'snapshot', 1, '{\"id\":1}')";
    }

    @TempDir static Path directory;
    private static TestServer server;
    private static String migrated;

    @BeforeAll
    static void startServer() throws Exception {
        server =
                TestServer.start(
                        directory,
                        Map.of("fsync", "off", "autovacuum", "off", "shared_buffers", "32MB"));
        migrated = server.create("");
        Flyway.configure()
                .dataSource(server.jdbcUrl(migrated), "postgres", TestServer.PASSWORD)
                .locations("classpath:db/migrations")
                .load()
                .migrate();
        server.run("postgres", "ALTER ROLE daybook_reader PASSWORD '" + TestServer.PASSWORD + "'");
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    static Stream<Fault> faults() {
        String month = "to_char(now() AT TIME ZONE 'UTC' + interval '1 month', 'YYYY_MM')";
        return Stream.of(
                Fault.of("", REJECTED.formatted("2 days"), WATERMARK.formatted(1, "1 second")),
                Fault.of("append-only-trigger", "DROP TRIGGER append_only ON audit.rejected"),
                Fault.of(
                        "append-only-trigger",
                        "ALTER TABLE audit.entry DISABLE TRIGGER append_only"),
                Fault.of(
                        "append-only-trigger",
                        "DO $$ BEGIN EXECUTE format('ALTER TABLE audit.%I ENABLE TRIGGER append_only',"
                                + " 'entry_' || "
                                + month
                                + "); END $$"),
                Fault.of("append-only-privilege", "GRANT DELETE ON audit.entry TO daybook_writer"),
                Fault.of("append-only-privilege", "GRANT TRUNCATE ON audit.rejected TO PUBLIC"),
                Fault.of("append-only-privilege", "GRANT daybook_owner TO daybook_writer")
                        .undo("REVOKE daybook_owner FROM daybook_writer"),
                Fault.of("audit-privilege", "REVOKE INSERT ON audit.entry FROM daybook_writer"),
                Fault.of("audit-privilege", "REVOKE SELECT ON audit.api_key FROM daybook_reader"),
                Fault.of(
                        "partition-missing",
                        "DO $$ BEGIN EXECUTE format('DROP TABLE audit.%I', 'transaction_' || "
                                + month
                                + "); END $$"),
                Fault.of(
                        "default-partition",
                        "SET ROLE daybook_owner",
                        "CREATE TABLE audit.entry_rest (LIKE audit.entry INCLUDING DEFAULTS INCLUDING"
                                + " CONSTRAINTS)",
                        "SELECT audit.make_append_only('audit.entry_rest')",
                        "ALTER TABLE audit.entry ATTACH PARTITION audit.entry_rest DEFAULT"),
                Fault.of("rejected-lately", REJECTED.formatted("1 hour")),
                Fault.of("log-behind", WATERMARK.formatted(1, "10 minutes")),
                Fault.of("completeness-unknown", WATERMARK.formatted(2, "1 second")),
                Fault.of(
                        "log-stands-still",
                        WATERMARK.formatted(1, "10 minutes"),
                        "UPDATE audit.watermark SET recorded_at = now() - interval '1 minute'"),
                Fault.of(
                        "changes-missing",
                        "INSERT INTO audit.gap (id, found_at, source, stage, cause, reason) VALUES"
                                + " (gen_random_uuid(), now(), 'shop', 'sink', 'expired', 'test')"),
                Fault.of("changes-missed", ended("slot-moved", "1 day"), readAgain("23 hours")),
                Fault.of("", ended("slot-moved", "8 days"), readAgain("7 days 1 hour")),
                Fault.of("", ended("no-key", "1 day"), readAgain("23 hours")),
                Fault.of(
                        "capture-incident",
                        "INSERT INTO audit.rejected (id, rejected_at, source, stage, code, reason,"
                                + " table_name) VALUES (gen_random_uuid(), now(), 'shop', 'ingest',"
                                + " 'dms-table-suspended', 'test', 'public.t')"),
                Fault.of(
                        "rows-without-key",
                        "INSERT INTO audit.entry (id, committed_at, source, table_name, operation,"
                                + " sequence, before, after) VALUES (gen_random_uuid(), now(), 'shop',"
                                + " 'public.t', 'update', 1, '{\"id\":1}', '{\"id\":2,\"n\":3}')"),
                Fault.of("audit-not-migrated", "DROP TABLE audit.retention"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsFoundAndNothingElse(Fault fault) throws Exception {
        String database = server.create("TEMPLATE " + migrated);
        try {
            server.run(database, fault.plant().toArray(new String[0]));
            assertThat(codes(database))
                    .containsExactlyElementsOf(
                            fault.code().isEmpty() ? List.of() : List.of(fault.code()));
        } finally {
            server.run("postgres", fault.undo().toArray(new String[0]));
            server.drop(database);
        }
    }

    @Test
    void whatWasMissedIsCountedAndWhatMayHaveDoneItIsNamed() throws Exception {
        String database = server.create("TEMPLATE " + migrated);
        try {
            server.run(database, ended("slot-moved", "1 day"), readAgain("23 hours"));
            assertThat(findings(database))
                    .singleElement()
                    .satisfies(
                            finding -> {
                                assertThat(finding.message()).contains(" in one stretch. ");
                                assertThat(finding.remedy())
                                        .contains("slot", "publication", "event trigger");
                            });

            server.run(database, ended("not-published", "1 day"));
            assertThat(findings(database))
                    .singleElement()
                    .satisfies(
                            finding -> assertThat(finding.message()).contains(" in 2 stretches. "));
        } finally {
            server.drop(database);
        }
    }

    @Test
    void anotherDatabaseIsNoAuditDatabase() throws Exception {
        String database = server.create("");
        try {
            assertThat(codes(database)).containsExactly("audit-not-migrated");
        } finally {
            server.drop(database);
        }
    }

    /** As the role that may only read, since that must be enough. */
    private static List<Finding> findings(String database) throws SQLException {
        try (Connection reader = server.connect(database, "daybook_reader")) {
            return AuditExamination.of(reader, null);
        }
    }

    private static List<String> codes(String database) throws SQLException {
        return findings(database).stream().map(Finding::code).toList();
    }
}
