package dev.daybook.local.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.local.FreePorts;
import dev.daybook.local.postgres.PostgresServer;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the guide's SQL, in the guide's order, against a source with the demo's tables and a
 * migrated audit database. What only Aurora has (its roles) is made by hand before.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuideSqlTest {

    private static final Path ROOT = Path.of("..");
    private static final Path SQL = ROOT.resolve("docs/guide/sql");
    private static final String PASSWORD = "guide";

    @TempDir private static Path directory;

    private static PostgresServer server;

    /** The files that a test has run; the last test holds them against what there is. */
    private static final Set<String> RUN = new TreeSet<>();

    @BeforeAll
    static void start() throws IOException, SQLException {
        server =
                PostgresServer.start(
                        Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                        directory.resolve("data"),
                        directory.resolve("server.log"),
                        FreePorts.one(),
                        PASSWORD,
                        Map.of("wal_level", "logical", "fsync", "off"));
        try (Connection postgres = server.connect("postgres")) {
            execute(
                    postgres,
                    "CREATE ROLE rds_replication NOLOGIN; CREATE ROLE app LOGIN PASSWORD 'guide'");
            execute(postgres, "CREATE DATABASE shop OWNER app");
            execute(postgres, "CREATE DATABASE audit");
        }
        try (Connection shop = as("app", "shop")) {
            execute(shop, resource("/demo/shop.sql"));
        }
        try (Connection shop = server.connect("shop")) {
            execute(shop, Files.readString(ROOT.resolve("db/source/prepare.sql")));
        }
        Flyway.configure()
                .dataSource(server.jdbcUrl("audit"), "postgres", PASSWORD)
                .locations("classpath:db/migrations")
                .load()
                .migrate();
        try (Connection audit = server.connect("audit")) {
            execute(audit, "ALTER ROLE daybook_reader PASSWORD 'guide'");
        }
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    @Order(1)
    void theSourceIsPreparedForDmsAndMayBeAgain() throws SQLException, IOException {
        try (Connection shop = server.connect("shop")) {
            // What is captured is what daybook_capture was given.
            execute(
                    shop,
                    "SELECT daybook.configure('public.*', ''); SELECT * FROM daybook.align()");
            run(shop, "source-dms.sql");
            run(shop, "source-dms.sql");

            execute(shop, "SET ROLE daybook_dms");
            assertThat(rows(shop, "SELECT count(*) FROM public.products")).containsExactly("4");
            assertThat(rows(shop, "SELECT count(*) FROM daybook.transaction_context"))
                    .containsExactly("0");
            execute(shop, "CREATE TABLE daybook_dms.awsdms_heartbeat (hb_key int)");
            assertThatThrownBy(() -> execute(shop, "UPDATE public.products SET stock = 0"))
                    .hasMessageContaining("permission denied");
        }
    }

    /**
     * The insert travels in the write-ahead log; the table stays empty, and the command is not
     * refused.
     */
    @Test
    @Order(2)
    void theDdlTriggerWritesWhatDmsReads() throws SQLException {
        try (Connection shop = as("app", "shop")) {
            execute(shop, "ALTER TABLE customers ADD COLUMN phone text");
        }
        try (Connection shop = server.connect("shop")) {
            assertThat(rows(shop, "SELECT count(*) FROM daybook_dms.awsdms_ddl_audit"))
                    .containsExactly("0");
            assertThat(
                            rows(
                                    shop,
                                    "SELECT last_value >= 1 AND is_called FROM daybook_dms.awsdms_ddl_audit_c_key_seq"))
                    .containsExactly("t");
            // A fault in it is a warning to whoever made the command, and no more.
            execute(shop, "ALTER TABLE daybook_dms.awsdms_ddl_audit RENAME COLUMN c_tag TO c_tagg");
        }
        try (Connection shop = as("app", "shop")) {
            execute(shop, "ALTER TABLE customers DROP COLUMN phone");
        }
        try (Connection shop = server.connect("shop")) {
            execute(shop, "ALTER TABLE daybook_dms.awsdms_ddl_audit RENAME COLUMN c_tagg TO c_tag");
        }
    }

    @Test
    @Order(3)
    void allTablesGetAFullIdentity() throws SQLException, IOException {
        try (Connection shop = server.connect("shop")) {
            run(shop, "source-identity.sql");

            assertThat(
                            rows(
                                    shop,
                                    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                                            + " 'public'::regnamespace AND relreplident <> 'f'"))
                    .isEmpty();
        }
    }

    @Test
    @Order(4)
    void thereIsSomethingToSeeInTheSource() throws SQLException, IOException {
        try (Connection shop = server.connect("shop")) {
            execute(
                    shop,
                    "SELECT pg_create_logical_replication_slot('the_slot_that_is_gone_for_good', 'pgoutput')");

            String seen = String.join("\n", run(shop, "source-look.sql"));

            assertThat(seen)
                    .contains("wal_level|logical")
                    .contains("the_slot_that_is_gone_for_good|pgoutput|f|reserved|")
                    .contains("public.page_views|f|full")
                    .contains("public.orders|t|full")
                    .contains("public|customers|note|text");
            assertThat(run(shop, "source-longest.sql")).hasSize(1);
        }
    }

    @Test
    @Order(5)
    void aSlotThatNobodyReadsIsDropped() throws SQLException, IOException {
        try (Connection shop = server.connect("shop")) {
            run(shop, "source-drop-slot.sql");

            assertThat(rows(shop, "SELECT slot_name FROM pg_replication_slots")).isEmpty();
        }
    }

    @Test
    @Order(6)
    void theApplicationMakesTheChangeThatIsFollowed() throws SQLException, IOException {
        try (Connection shop = as("app", "shop")) {
            run(shop, "source-change.sql");

            assertThat(rows(shop, "SELECT price FROM products WHERE sku = 'TEA-01'"))
                    .containsExactly("7.90");
        }
    }

    @Test
    @Order(7)
    void whatWasMadeForDmsIsTakenAway() throws SQLException, IOException {
        try (Connection shop = server.connect("shop")) {
            run(shop, "source-undo-dms.sql");

            assertThat(rows(shop, "SELECT rolname FROM pg_roles WHERE rolname = 'daybook_dms'"))
                    .isEmpty();
            assertThat(rows(shop, "SELECT count(*) FROM products")).containsExactly("4");
        }
        try (Connection shop = as("app", "shop")) {
            execute(shop, "ALTER TABLE customers ADD COLUMN phone text");
        }
    }

    @Test
    @Order(8)
    void thereIsSomethingToSeeInTheAuditDatabase() throws SQLException, IOException {
        try (Connection audit = server.connect("audit")) {
            execute(
                    audit,
                    """
                    INSERT INTO audit.entry (id, committed_at, transaction_id, sequence, source, table_name, operation, entity_key)
                        SELECT gen_random_uuid(), now(), 7, 1, 'shop', 'public.products', 'update', 'TEA-01';
                    INSERT INTO audit.transaction (transaction_id, committed_at, source, actor, reason)
                        SELECT transaction_id, committed_at, source, 'me', 'trying the pipeline' FROM audit.entry;
                    """);
        }
        try (Connection audit = as("daybook_reader", "audit")) {
            assertThat(String.join("\n", run(audit, "audit-look.sql")))
                    .contains("|public.products|TEA-01|update|me|trying the pipeline")
                    .contains("entry_");
        }
    }

    @Test
    @Order(9)
    void aKeyIsMadeAndAnotherOneRevoked() throws SQLException, IOException {
        try (Connection audit = server.connect("audit")) {
            execute(
                    audit,
                    "SELECT audit.register_first_api_key(gen_random_uuid(), 'first', sha256('first'))");

            run(audit, "audit-new-key.sql", Map.of("name", "anna", "hash", "00".repeat(32)));

            assertThat(rows(audit, "SELECT name, revoked_at IS NULL FROM audit.api_key ORDER BY 1"))
                    .containsExactly("anna|t", "first|f");
        }
    }

    @Test
    @Order(10)
    void oldMonthsAreDroppedAndThatIsRecorded() throws SQLException, IOException {
        try (Connection audit = server.connect("audit")) {
            execute(audit, "SELECT audit.ensure_partitions('2019-01-15', '2019-01-15')");

            assertThat(run(audit, "audit-retention.sql"))
                    .anySatisfy(row -> assertThat(row).contains("entry_2019_01|0"));
        }
    }

    @Test
    @Order(11)
    void theSinkIsSentBack() throws SQLException, IOException {
        try (Connection audit = server.connect("audit")) {
            execute(
                    audit,
                    "INSERT INTO audit.sink_offset VALUES ('daybook-dev-sink', 'entries', 0, 4711)");

            run(audit, "audit-replay.sql");

            assertThat(rows(audit, "SELECT next_offset FROM audit.sink_offset"))
                    .containsExactly("0");
        }
    }

    @Test
    @Order(99)
    void allOfTheGuidesSqlWasRun() throws IOException {
        try (Stream<Path> files = Files.list(SQL)) {
            Set<String> there =
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
            assertThat(there).isEqualTo(RUN);
        }
    }

    private static List<String> run(Connection connection, String file)
            throws SQLException, IOException {
        return run(connection, file, Map.of());
    }

    /** Runs a file as psql would, with its variables; the rows of all its results. */
    private static List<String> run(
            Connection connection, String file, Map<String, String> variables)
            throws SQLException, IOException {
        RUN.add(file);
        String sql = Files.readString(SQL.resolve(file));
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            sql = sql.replace(":'" + variable.getKey() + "'", "'" + variable.getValue() + "'");
        }
        return rows(connection, sql);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        rows(connection, sql);
    }

    private static List<String> rows(Connection connection, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            boolean result = statement.execute(sql);
            while (result || statement.getUpdateCount() >= 0) {
                if (result) {
                    try (ResultSet set = statement.getResultSet()) {
                        int columns = set.getMetaData().getColumnCount();
                        while (set.next()) {
                            List<String> row = new ArrayList<>();
                            for (int i = 1; i <= columns; i++) {
                                row.add(set.getString(i));
                            }
                            rows.add(String.join("|", row.stream().map(String::valueOf).toList()));
                        }
                    }
                }
                result = statement.getMoreResults();
            }
        }
        return rows;
    }

    private static Connection as(String user, String database) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(database), user, PASSWORD);
    }

    private static String resource(String name) throws IOException {
        try (var stream = GuideSqlTest.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IOException("There is no " + name + " on the class path.");
            }
            return new String(stream.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
