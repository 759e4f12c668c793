package dev.daybook.local.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Policy;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.pack.LogFiles;
import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackRequest;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Report;
import dev.daybook.seal.Verification;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/** What was stored before anything was sealed is sealed as it is found when sealing begins. */
class AsFoundTest {

    private static final int ROWS = 9_000;

    @TempDir private static Path directory;
    private static LocalPipeline pipeline;
    private static DatabaseUrl audit;

    @BeforeAll
    static void start() throws Exception {
        DataDirectory data = new DataDirectory(directory);
        try (LocalPipeline unsealed =
                LocalPipeline.start(
                        new LocalSettings(data, 0, null, "public.*", false, false), line -> {})) {
            pipeline = unsealed;
            audit = unsealed.auditAdministrator();
            source("CREATE TABLE public.t (id bigint PRIMARY KEY, name text)");
            await(
                    () -> {
                        try (Connection source =
                                        pipeline.sourceAdministrator().connect("the source");
                                Statement statement = source.createStatement()) {
                            return Tamper.one(
                                            statement,
                                            "SELECT count(*) FROM pg_publication_tables WHERE tablename = 't'")
                                    .equals("1");
                        }
                    });
            // Many rows of one commit time, and some of many.
            source(
                    "INSERT INTO public.t SELECT n, 'name ' || n FROM generate_series(1, "
                            + ROWS
                            + ") AS n");
            for (int i = 1; i <= 20; i++) {
                source(
                        "SELECT daybook.set_context('anna', 'because "
                                + i
                                + "');"
                                + "UPDATE public.t SET name = 'early' WHERE id = "
                                + i);
            }
            await(() -> count("SELECT count(*) FROM audit.entry") >= ROWS + 20);
            await(() -> count("SELECT count(*) FROM audit.transaction") >= 20);
            // They lie in another month too.
            try (Connection database = audit.connect("the audit database");
                    Statement statement = database.createStatement()) {
                statement.execute("SELECT audit.ensure_partition('2026-01-05')");
                statement.execute(
                        "INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation,"
                                + " sequence, after) SELECT gen_random_uuid(), '2026-01-05', 'shop', 'public.old', n::text,"
                                + " 'insert', n, json_build_object('id', n) FROM generate_series(1, 50) AS n");
                statement.execute(
                        "INSERT INTO audit.rejected (id, rejected_at, stage, code, reason) VALUES"
                                + " (gen_random_uuid(), now(), 'ingest', 'not-json', 'test')");
            }
        }
        pipeline =
                LocalPipeline.start(
                        new LocalSettings(data, 0, null, "public.*", false, true), line -> {});
        audit = pipeline.auditAdministrator();
        source("UPDATE public.t SET name = 'late' WHERE id = 30");
        await(() -> count("SELECT count(*) FROM audit.entry WHERE place IS NOT NULL") > 0);
        await(() -> verify().earlier() == 0);
    }

    @AfterAll
    static void stop() {
        pipeline.close();
    }

    @Test
    void isComparedFromThenOnAndSaidToBe() throws Exception {
        Report report = verify();

        assertThat(report.findings()).isEmpty();
        assertThat(report.outcome()).isEqualTo(Report.Outcome.INTACT);
        assertThat(report.verified()).isGreaterThan(ROWS + 90);
        assertThat(report.notes())
                .anySatisfy(
                        note ->
                                assertThat(note)
                                        .matches(
                                                "(?s)\\d+ rows were stored before anything was sealed\\. They are as they"
                                                        + " were found from .* what was done to them before is not known\\."));
        Report again = verification().sinceLast().run(audit.jdbcUrl(), user(), rows -> {});
        assertThat(again.findings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "altered | key 77   | UPDATE audit.entry SET after = replace(after::text, 'name', 'nome')::json WHERE entity_key = '77'",
                "altered | key 5    | UPDATE audit.entry SET actor = 'mallory' WHERE entity_key = '5' AND operation = 'insert'",
                "altered | transaction | UPDATE audit.transaction SET actor = 'mallory' WHERE reason = 'because 7'",
                "altered | rejected | UPDATE audit.rejected SET reason = 'another'",
                "removed | audit.entry | DELETE FROM audit.entry WHERE entity_key = '8123'",
                "removed | audit.entry | DELETE FROM audit.entry WHERE table_name = 'public.old' AND entity_key = '50'",
                "inserted | key 99999 | INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation, sequence, after) SELECT gen_random_uuid(), committed_at, source, table_name, '99999', operation, sequence, after FROM audit.entry WHERE entity_key = '500'",
                "inserted | key 501  | UPDATE audit.entry SET committed_at = committed_at - interval '1 microsecond' WHERE entity_key = '501'",
            })
    void aChangeSinceThenIsFoundAndNamed(String kind, String where, String sql) throws Exception {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            database.setAutoCommit(false);
            database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            String table = sql.replaceFirst("^\\w+ (?:FROM |INTO )?(audit\\.\\w+) .*$", "$1");
            Tamper.unlocked(statement, table, sql);
            statement.execute("SET LOCAL ROLE daybook_reader");
            Report report = verification().run(database);
            database.rollback();

            assertThat(report.findings())
                    .anySatisfy(
                            finding -> {
                                assertThat(finding.kind()).isEqualTo(kind);
                                assertThat(finding.inWords()).contains(where);
                            });
        }
    }

    @Test
    void aPackShowsItAndSaysSinceWhen(@TempDir Path elsewhere) throws Exception {
        for (boolean whole : List.of(false, true)) {
            Path pack = elsewhere.resolve(whole + ".zip");
            try (Connection database = audit.connect("the audit database");
                    OutputStream out = Files.newOutputStream(pack)) {
                database.setAutoCommit(false);
                database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                PackMaker.Made made =
                        PackMaker.make(
                                database,
                                LogFiles.in(Sealing.log(new DataDirectory(directory))),
                                List.of(),
                                new PackRequest(null, null, "public.t", "7", whole, null, null),
                                out);
                assertThat(made.entries()).isEqualTo(2);
                assertThat(made.unplaced()).isZero();
            }
            Process verifier =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "dev.daybook.verifier.Main",
                                    pack.toString(),
                                    "--key",
                                    Policy.parse(
                                                    Files.readString(
                                                            Sealing.policy(
                                                                    new DataDirectory(directory))))
                                            .toString())
                            .redirectErrorStream(true)
                            .start();
            String said =
                    new String(verifier.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(verifier.waitFor()).as(said).isZero();
            assertThat(said)
                    .contains("VERIFIED")
                    .contains("stored before anything was sealed, and sealed as found by")
                    .contains("since then");
        }
    }

    private static Report verify() throws Exception {
        return verification().run(audit.jdbcUrl(), user(), rows -> {});
    }

    private static Verification verification() throws Exception {
        DataDirectory data = new DataDirectory(directory);
        return new Verification(
                new DirectoryStore(Sealing.log(data)),
                Policy.parse(Files.readString(Sealing.policy(data))),
                List.of(),
                Duration.ofSeconds(30));
    }

    private static Properties user() {
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        return user;
    }

    private static void source(String sql) throws SQLException {
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(String query) throws SQLException {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            return Long.parseLong(Tamper.one(statement, query));
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("it comes in time").isLessThan(end);
            Thread.sleep(200);
        }
    }
}
