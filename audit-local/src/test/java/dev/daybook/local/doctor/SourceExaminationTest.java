package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Each fault is planted in a database of its own; the doctor finds it, and nothing else. */
class SourceExaminationTest {

    private static final String KEEP = "1GB";

    private static final String ORDERS =
            "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2), note varchar(80))";

    private static final String SLOT_ROW =
            "INSERT INTO daybook.capture_slot VALUES ('daybook_x', now(), pg_current_snapshot(),"
                    + " pg_current_wal_lsn(), true)";

    /**
     * A fault.
     *
     * @param plant the SQL that plants it
     * @param undo the SQL that takes away what is not the database's own
     * @param codes what must be found
     */
    record Fault(String name, List<String> plant, List<String> undo, Set<String> codes) {

        static Fault of(String code, String... plant) {
            return new Fault(code, List.of(plant), List.of(), Set.of(code));
        }

        static Fault none(String name, String... plant) {
            return new Fault(name, List.of(plant), List.of(), Set.of());
        }

        Fault undo(String... statements) {
            return new Fault(name, plant, List.of(statements), codes);
        }

        Fault and(String code) {
            Set<String> both = new TreeSet<>(codes);
            both.add(code);
            return new Fault(name, plant, undo, both);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @TempDir static Path directory;
    private static TestServer server;
    private static String prepared;
    private static String forDms;
    private static String keep = "";

    @BeforeAll
    static void startServer() throws Exception {
        server =
                TestServer.start(
                        directory,
                        Map.of(
                                "wal_level", "logical",
                                "max_wal_senders", "2",
                                "max_replication_slots", "6",
                                "fsync", "off",
                                "autovacuum", "off",
                                "shared_buffers", "32MB"));
        prepared = server.create("");
        server.prepare(prepared, "public.*");
        server.run(
                prepared,
                ORDERS,
                "CREATE ROLE ann LOGIN PASSWORD '" + TestServer.PASSWORD + "'",
                "CREATE ROLE daybook_dms LOGIN REPLICATION BYPASSRLS");
        forDms = server.create("TEMPLATE " + prepared);
        server.run(
                forDms,
                "ALTER TABLE orders REPLICA IDENTITY FULL",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO daybook_dms",
                "GRANT SELECT ON orders TO daybook_dms");
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    // A source that the WAL source connector captures ---------------------------------------------

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.none("nothing"),
                Fault.none(
                        "whatIsAsItShouldBe",
                        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
                        "CREATE TABLE g (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2)"
                                + " STORED)",
                        "CREATE TABLE w (id int PRIMARY KEY, doc jsonb, n numeric)",
                        "CREATE TABLE f (id int PRIMARY KEY)",
                        "ALTER TABLE f REPLICA IDENTITY FULL",
                        "CREATE TEMP TABLE scratch (x int)",
                        "CREATE SCHEMA elsewhere",
                        "CREATE TABLE elsewhere.log (x int)"),
                Fault.of("no-key", "CREATE TABLE log (x int)"),
                Fault.of("no-key", "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE)"),
                Fault.of(
                        "no-key",
                        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
                        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)"),
                Fault.of(
                        "identity-nothing",
                        "CREATE TABLE t (id int PRIMARY KEY)",
                        "ALTER TABLE t REPLICA IDENTITY NOTHING"),
                Fault.of(
                        "identity-index",
                        "CREATE TABLE t (id int PRIMARY KEY, code text NOT NULL UNIQUE)",
                        "ALTER TABLE t REPLICA IDENTITY USING INDEX t_code_key"),
                Fault.of(
                        "full-without-key",
                        "CREATE TABLE t (x int)",
                        "ALTER TABLE t REPLICA IDENTITY FULL"),
                Fault.of("unlogged", "CREATE UNLOGGED TABLE t (id int PRIMARY KEY)"),
                Fault.of(
                        "generated-columns",
                        "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2)"
                                + " VIRTUAL)"),
                Fault.of(
                        "generated-columns",
                        "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2)"
                                + " STORED)",
                        "ALTER PUBLICATION daybook SET (publish_generated_columns = none)"),
                Fault.of(
                        "publication-altered",
                        "ALTER PUBLICATION daybook SET (publish = 'insert, update')"),
                Fault.of(
                        "publication-filtered",
                        // The event trigger would put it right at once.
                        "SELECT set_config('daybook.following', daybook.own_mark(), false)",
                        "ALTER PUBLICATION daybook SET TABLE orders WHERE (id > 10)"),
                Fault.of(
                        "publication-filtered",
                        "SELECT set_config('daybook.following', daybook.own_mark(), false)",
                        "ALTER PUBLICATION daybook SET TABLE orders (id, total)"),
                Fault.of(
                        "publication-root",
                        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                        "ALTER PUBLICATION daybook SET (publish_via_partition_root = false)"),
                Fault.of(
                        "not-captured",
                        "SELECT set_config('daybook.following', daybook.own_mark(), false)",
                        "CREATE TABLE t (id int PRIMARY KEY)"),
                Fault.of("no-event-trigger", "ALTER EVENT TRIGGER daybook_after_ddl DISABLE"),
                Fault.of(
                        "no-key",
                        "CREATE TABLE parted (id int PRIMARY KEY, n int NOT NULL) PARTITION BY RANGE (id)",
                        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                        "CREATE UNIQUE INDEX part_n ON part (n)",
                        "ALTER TABLE part REPLICA IDENTITY USING INDEX part_n",
                        "SELECT daybook.align()"),
                Fault.of(
                        "full-without-key",
                        "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
                        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                        "ALTER TABLE part REPLICA IDENTITY FULL",
                        "SELECT daybook.align()"),
                Fault.of("not-prepared", "DROP PUBLICATION daybook"),
                Fault.of("no-select", "REVOKE SELECT ON orders FROM daybook_capture"),
                Fault.of(
                                "row-security",
                                "ALTER ROLE daybook_capture NOBYPASSRLS",
                                "ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
                        .undo("ALTER ROLE daybook_capture BYPASSRLS"),
                Fault.of("role", "ALTER ROLE daybook_capture NOREPLICATION")
                        .undo("ALTER ROLE daybook_capture REPLICATION"),
                Fault.of("role", "ALTER ROLE daybook_capture NOLOGIN")
                        .undo("ALTER ROLE daybook_capture LOGIN"),
                Fault.of("role-superuser", "ALTER ROLE daybook_capture SUPERUSER")
                        .undo("ALTER ROLE daybook_capture NOSUPERUSER"),
                Fault.of(
                                "claims-by-message",
                                "CREATE ROLE doctor_app LOGIN",
                                "SELECT daybook.allow_actors('doctor_app', 'app-*')")
                        .undo("DROP ROLE doctor_app"),
                Fault.of(
                        "no-connect",
                        "REVOKE CONNECT ON DATABASE DATABASE_NAME FROM PUBLIC, daybook_capture"),
                Fault.of("slot-gone", SLOT_ROW),
                Fault.of(
                        "slot-inactive",
                        "SELECT pg_create_logical_replication_slot('daybook_x', 'pgoutput')",
                        SLOT_ROW),
                Fault.of(
                        "slot-behind",
                        "SELECT pg_create_logical_replication_slot('daybook_x', 'pgoutput')",
                        SLOT_ROW,
                        "SELECT pg_logical_emit_message(false, 'test', repeat('x', 7000000)) FROM"
                                + " generate_series(1, 10)"),
                Fault.of(
                                "clock-set-back",
                                "SELECT pg_create_logical_replication_slot('daybook_x', 'pgoutput')",
                                SLOT_ROW,
                                "UPDATE daybook.capture_slot SET confirmed_at = now() + interval '1"
                                        + " hour'")
                        .and("slot-inactive"),
                Fault.of(
                        "other-slot",
                        "SELECT pg_create_logical_replication_slot('left_over', 'pgoutput')"),
                Fault.of(
                        "other-slot",
                        "SELECT pg_create_physical_replication_slot('standby', true)"),
                Fault.of(
                        "no-free-slot",
                        "SELECT pg_create_physical_replication_slot('p' || n) FROM"
                                + " generate_series(1, 6) n"),
                Fault.of(
                        "wal-sender-timeout",
                        "ALTER DATABASE DATABASE_NAME SET wal_sender_timeout = 0"),
                Fault.of(
                        "wal-sender-timeout",
                        "ALTER DATABASE DATABASE_NAME SET wal_sender_timeout = '2s'"),
                Fault.of(
                        "dms-artifact-captured",
                        "CREATE TABLE awsdms_ddl_audit (c_key bigserial PRIMARY KEY, c_ddlqry text)"),
                Fault.of(
                        "dms-artifact",
                        "CREATE SCHEMA dms",
                        "CREATE TABLE dms.awsdms_heartbeat (hb_key bigint)"),
                Fault.of(
                        "dms-ddl-trigger",
                        "CREATE FUNCTION public.awsdms_intercept_ddl() RETURNS event_trigger LANGUAGE"
                                + " plpgsql AS 'BEGIN END'",
                        "CREATE EVENT TRIGGER awsdms_intercept_ddl ON ddl_command_end EXECUTE"
                                + " FUNCTION public.awsdms_intercept_ddl()"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsFoundAndNothingElse(Fault fault) throws Exception {
        keep(KEEP);
        assertThat(codes(found(fault, prepared, new SourceQuestion(null, false, false, null))))
                .containsExactlyInAnyOrderElementsOf(fault.codes());
    }

    // A source that DMS captures ------------------------------------------------------------------

    static Stream<Fault> faultsForDms() {
        return Stream.of(
                Fault.none("nothing"),
                Fault.none(
                        "whatDmsKeepsToItself",
                        "CREATE SCHEMA dms",
                        "CREATE TABLE dms.awsdms_heartbeat (hb_key bigint)"),
                Fault.of("identity-default", "CREATE TABLE t (id int PRIMARY KEY)"),
                Fault.of("no-key", "CREATE TABLE t (x int)"),
                Fault.of(
                        "identity-index",
                        "CREATE TABLE t (id int PRIMARY KEY, code int NOT NULL UNIQUE)",
                        "ALTER TABLE t REPLICA IDENTITY USING INDEX t_code_key"),
                Fault.of(
                        "lob-columns",
                        "CREATE TABLE t (id int PRIMARY KEY, doc jsonb, tags text[])",
                        "ALTER TABLE t REPLICA IDENTITY FULL"),
                Fault.of(
                                "lob-without-key",
                                "CREATE TABLE t (x int, doc bytea)",
                                "ALTER TABLE t REPLICA IDENTITY FULL")
                        .and("full-without-key"),
                Fault.of(
                        "unscaled-numeric",
                        "CREATE DOMAIN amount AS numeric",
                        "CREATE TABLE t (id int PRIMARY KEY, n amount, fine numeric(10, 2))",
                        "ALTER TABLE t REPLICA IDENTITY FULL"),
                Fault.of(
                        "partitioned-with-dms",
                        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                        "ALTER TABLE p REPLICA IDENTITY FULL"),
                Fault.of("unlogged", "CREATE UNLOGGED TABLE t (id int PRIMARY KEY)"),
                Fault.of("no-context-table", "DROP TABLE daybook.transaction_context"),
                Fault.of("role", "ALTER ROLE daybook_dms NOREPLICATION")
                        .undo("ALTER ROLE daybook_dms REPLICATION"),
                Fault.of("no-select", "REVOKE SELECT ON orders FROM daybook_dms"),
                Fault.of(
                                "row-security",
                                "ALTER ROLE daybook_dms NOBYPASSRLS",
                                "ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
                        .undo("ALTER ROLE daybook_dms BYPASSRLS"),
                Fault.of(
                        "wal-sender-timeout",
                        "ALTER DATABASE DATABASE_NAME SET wal_sender_timeout = '5s'"),
                Fault.of(
                        "wal-sender-timeout",
                        "ALTER DATABASE DATABASE_NAME SET wal_sender_timeout = '10min'"),
                Fault.of(
                        "idle-transaction-timeout",
                        "ALTER DATABASE DATABASE_NAME SET idle_in_transaction_session_timeout ="
                                + " '1min'"),
                Fault.of(
                        "slot-inactive",
                        "SELECT pg_create_logical_replication_slot('dms_x', 'test_decoding')"),
                Fault.of(
                        "dms-artifact-captured",
                        "CREATE TABLE awsdms_ddl_audit (c_key bigserial PRIMARY KEY, c_ddlqry text)"));
    }

    @ParameterizedTest
    @MethodSource("faultsForDms")
    void aFaultForDmsIsFoundAndNothingElse(Fault fault) throws Exception {
        keep("-1");
        assertThat(codes(found(fault, forDms, new SourceQuestion("public.*", true, false, null))))
                .containsExactlyInAnyOrderElementsOf(fault.codes());
    }

    @Test
    void aLimitOnSlotsIsAFaultForDmsAndItsAbsenceIsOneForUs() throws Exception {
        Fault nothing = Fault.none("nothing");
        keep(KEEP);
        assertThat(codes(found(nothing, forDms, new SourceQuestion("public.*", true, false, null))))
                .containsExactly("max-slot-wal-keep-size");
        keep("-1");
        assertThat(codes(found(nothing, prepared, new SourceQuestion(null, false, false, null))))
                .containsExactly("max-slot-wal-keep-size");
    }

    @Test
    void mappingsThatLeaveATableOutAreFound() throws Exception {
        keep("-1");
        Path mappings = directory.resolve("mappings.json");
        Files.writeString(
                mappings,
                """
                {"rules": [{"rule-type": "selection", "rule-id": "1", "rule-name": "1",
                  "object-locator": {"schema-name": "public", "table-name": "o[_]%"},
                  "rule-action": "include"}]}
                """);
        SourceQuestion question =
                new SourceQuestion("public.*", true, false, DmsTask.read(null, mappings));

        assertThat(codes(found(Fault.none("nothing"), forDms, question)))
                .containsExactly("dms-mapping-table");
    }

    // What is not in a database's own hands -------------------------------------------------------

    @Test
    void severityFollowsWhatHasHappened() throws Exception {
        keep(KEEP);
        Fault written =
                Fault.of("no-key", "CREATE TABLE log (x int)", "INSERT INTO log VALUES (1), (2)");
        Fault changed =
                Fault.of(
                        "no-key",
                        "CREATE TABLE log (x int)",
                        "INSERT INTO log VALUES (1), (2)",
                        "UPDATE log SET x = 3",
                        "SELECT pg_stat_force_next_flush()");
        SourceQuestion question = new SourceQuestion(null, false, false, null);

        assertThat(found(written, prepared, question))
                .extracting(Finding::severity)
                .containsExactly(Finding.Severity.INFO);
        assertThat(found(changed, prepared, question))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING);
                            assertThat(finding.object()).isEqualTo("public.log");
                            assertThat(finding.evidence()).contains("2 rows updated or deleted");
                        });
    }

    @Test
    void warnsOfUpdatesThatAFullIdentityWithAVirtualColumnKeepsFromBeingRecorded()
            throws Exception {
        keep(KEEP);
        Fault full =
                Fault.of(
                        "generated-columns",
                        "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2)"
                                + " VIRTUAL)",
                        "ALTER TABLE t REPLICA IDENTITY FULL");

        assertThat(found(full, prepared, new SourceQuestion(null, false, false, null)))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING);
                            assertThat(finding.remedy()).contains("REPLICA IDENTITY DEFAULT");
                        });
    }

    @Test
    void theQuestionMatters() throws Exception {
        keep(KEEP);
        Fault nothing = Fault.none("nothing");
        assertThat(
                        codes(
                                found(
                                        nothing,
                                        prepared,
                                        new SourceQuestion("nowhere.*", false, false, null))))
                .containsExactly("no-tables");
        assertThat(codes(found(nothing, prepared, SourceQuestion.ofRunning())))
                .containsExactly("slot-missing");
    }

    @Test
    void aRoleThatMayNotLookIsTold() throws Exception {
        keep(KEEP);
        try (Connection ann = server.connect(prepared, "ann")) {
            assertThat(
                            codes(
                                    SourceExamination.of(
                                            ann, new SourceQuestion(null, false, false, null))))
                    .containsExactly("unreadable");
        }
    }

    @Test
    void anEncodingThatSaysNothing() throws Exception {
        keep(KEEP);
        String database =
                server.create(
                        "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'");
        server.prepare(database, "public.*");
        server.run(database, ORDERS);
        try (Connection connection = server.connect(database, "postgres")) {
            assertThat(
                            codes(
                                    SourceExamination.of(
                                            connection,
                                            new SourceQuestion(null, false, false, null))))
                    .containsExactly("encoding");
        } finally {
            server.drop(database);
        }
    }

    @Test
    void settingsOfTheServer() throws Exception {
        keep(KEEP);
        server.set("idle_replication_slot_timeout", "10min");
        try {
            assertThat(
                            codes(
                                    found(
                                            Fault.none("nothing"),
                                            prepared,
                                            new SourceQuestion(null, false, false, null))))
                    .containsExactly("idle-slot-timeout");
        } finally {
            server.set("idle_replication_slot_timeout", "0");
        }
    }

    @Test
    void noWalSenderLeft() throws Exception {
        keep(KEEP);
        List<Connection> senders = new ArrayList<>();
        try {
            Properties login = new Properties();
            login.setProperty("user", "postgres");
            login.setProperty("password", TestServer.PASSWORD);
            login.setProperty("replication", "database");
            login.setProperty("preferQueryMode", "simple");
            login.setProperty("assumeMinServerVersion", "15");
            for (int i = 0; i < 2; i++) {
                senders.add(DriverManager.getConnection(server.jdbcUrl("postgres"), login));
            }
            assertThat(
                            codes(
                                    found(
                                            Fault.none("nothing"),
                                            prepared,
                                            new SourceQuestion(null, false, false, null))))
                    .containsExactly("no-free-wal-sender");
        } finally {
            for (Connection sender : senders) {
                sender.close();
            }
        }
    }

    @Test
    void aSlotThatIsAboutToBeGivenUpAndOneThatWas() throws Exception {
        keep("1MB");
        String database = server.create("TEMPLATE " + prepared);
        try {
            server.run(
                    database,
                    "SELECT pg_create_logical_replication_slot('daybook_x', 'pgoutput')",
                    SLOT_ROW);
            for (int i = 0; i < 3; i++) {
                server.run(
                        database,
                        "SELECT pg_logical_emit_message(false, 'test', 'x')",
                        "SELECT pg_switch_wal()");
            }
            assertThat(codes(examine(database))).containsExactly("slot-unreserved");

            server.run(database, "CHECKPOINT");
            assertThat(codes(examine(database))).containsExactly("slot-lost");
        } finally {
            server.drop(database);
        }
    }

    @Test
    void aServerThatCannotBeCaptured(@TempDir Path other) throws Exception {
        try (TestServer replica =
                TestServer.start(
                        other,
                        Map.of(
                                "wal_level", "replica",
                                "max_slot_wal_keep_size", KEEP,
                                "fsync", "off",
                                "shared_buffers", "32MB"))) {
            String database = replica.create("");
            replica.prepare(database, "public.*");
            replica.run(database, ORDERS);
            SourceQuestion question = new SourceQuestion(null, false, false, null);
            try (Connection connection = replica.connect(database, "postgres")) {
                assertThat(codes(SourceExamination.of(connection, question)))
                        .containsExactly("wal-level");
            }

            Files.createFile(other.resolve("server/standby.signal"));
            replica.restart();
            try (Connection connection = replica.connect(database, "postgres")) {
                assertThat(codes(SourceExamination.of(connection, question)))
                        .containsExactlyInAnyOrder("standby", "wal-level");
            }
        }
    }

    /** Each code that a source can have is planted somewhere above. */
    @Test
    void everyCodeOfASourceIsPlanted() throws Exception {
        String text =
                Files.readString(
                        Path.of(
                                "src/test/java/dev/daybook/local/doctor/SourceExaminationTest.java"));
        Set<String> codes = new TreeSet<>(SourceCheck.codes());
        codes.removeAll(SourceExamination.REPLACED);
        for (Code code : Code.values()) {
            if (code.compareTo(Code.DMS_SETTING) < 0) {
                codes.add(code.word());
            }
        }
        // No server that old is at hand.
        codes.remove("unsupported-version");
        assertThat(codes).allMatch(code -> text.contains("\"" + code + "\""));
    }

    private static List<Finding> found(Fault fault, String template, SourceQuestion question)
            throws SQLException {
        String database = server.create("TEMPLATE " + template);
        try {
            server.run(database, fault.plant().toArray(new String[0]));
            try (Connection connection = server.connect(database, "postgres")) {
                return SourceExamination.of(connection, question);
            }
        } finally {
            server.run("postgres", fault.undo().toArray(new String[0]));
            server.drop(database);
        }
    }

    private static List<Finding> examine(String database) throws SQLException {
        try (Connection connection = server.connect(database, "postgres")) {
            return SourceExamination.of(connection, new SourceQuestion(null, false, false, null));
        }
    }

    private static void keep(String size) throws Exception {
        if (!keep.equals(size)) {
            server.set("max_slot_wal_keep_size", size);
            keep = size;
        }
    }

    private static List<String> codes(List<Finding> findings) {
        return findings.stream().map(Finding::code).toList();
    }
}
