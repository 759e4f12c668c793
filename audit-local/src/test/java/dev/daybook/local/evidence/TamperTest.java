package dev.daybook.local.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.NoteKey;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.Anchor;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Policy;
import dev.daybook.seal.Report;
import dev.daybook.seal.Report.Outcome;
import dev.daybook.seal.Verification;

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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A superuser of the audit database changes what is sealed, at random, and each change is found and
 * named. The seed is printed; daybook.tampers and daybook.tamper.rows make it larger.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TamperTest {

    private static final int TAMPERS = Integer.getInteger("daybook.tampers", 60);
    private static final int ROWS = Integer.getInteger("daybook.tamper.rows", 1_500);

    @TempDir private static Path directory;
    private static LocalPipeline pipeline;
    private static DatabaseUrl audit;
    private static NoteKey key;

    @BeforeAll
    static void start() throws Exception {
        pipeline =
                LocalPipeline.start(
                        new LocalSettings(
                                new DataDirectory(directory), 0, null, "public.*", false, true),
                        line -> {});
        audit = pipeline.auditAdministrator();
        key = Policy.parse(Files.readString(Sealing.policy(new DataDirectory(directory))));
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            statement.execute(
                    "CREATE TABLE public.t (id bigint PRIMARY KEY, name text, amount numeric)");
            statement.execute("ALTER TABLE public.t REPLICA IDENTITY FULL");
            Thread.sleep(6_000);
            source.setAutoCommit(false);
            for (int from = 0; from < ROWS; from += 50) {
                statement.execute("SELECT daybook.set_context('user-" + from + "', 'because')");
                statement.execute(
                        "INSERT INTO public.t SELECT n, 'name ' || n, n * 1.50 FROM generate_series("
                                + from
                                + ", "
                                + (from + 49)
                                + ") AS n");
                source.commit();
            }
            statement.execute("UPDATE public.t SET name = name || '!' WHERE id % 10 = 0");
            source.commit();
        }
        await(() -> count("SELECT count(*) FROM audit.entry") >= ROWS + ROWS / 10);
    }

    @AfterAll
    static void stop() {
        pipeline.close();
    }

    @Test
    @Order(1)
    void whatIsLeftAloneIsIntactWhileChangesComeAndAfterAKill() throws Exception {
        Report running = verify(Duration.ofSeconds(60));

        assertThat(running.findings()).isEmpty();
        assertThat(running.outcome()).isEqualTo(Outcome.INTACT);
        assertThat(running.verified()).isGreaterThanOrEqualTo(ROWS + ROWS / 10);
        assertThat(running.completeUntil()).hasSize(1);

        pipeline.kill(Part.DATABASE);
        pipeline.start(Part.DATABASE);
        pipeline.kill(Part.CONNECT);
        pipeline.start(Part.CONNECT);
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            statement.execute("DELETE FROM public.t WHERE id < 20");
        }
        await(() -> count("SELECT count(*) FROM audit.entry WHERE operation = 'delete'") >= 20);

        Report after = verify(Duration.ofSeconds(60));
        assertThat(after.findings()).isEmpty();
        assertThat(after.gaps()).isEmpty();
        assertThat(after.outcome()).isEqualTo(Outcome.INTACT);
    }

    @Test
    @Order(2)
    void aTriggerThatChangesWhatComesInIsFound() throws Exception {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement();
                Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement change = source.createStatement()) {
            statement.execute(
                    """
                    CREATE FUNCTION audit.evil() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN NEW.after := replace(NEW.after::text, 'secret', 'public')::json; RETURN NEW; END $$;
                    CREATE TRIGGER evil BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.evil()""");
            change.execute("INSERT INTO public.t VALUES (-1, 'secret', 1)");
            await(() -> count("SELECT count(*) FROM audit.entry WHERE entity_key = '-1'") == 1);
            statement.execute("DROP FUNCTION audit.evil() CASCADE");
        }

        Report report = verify(Duration.ofSeconds(60));

        assertThat(report.findings())
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.kind()).isEqualTo("altered");
                            assertThat(finding.where()).contains("public.t").endsWith("key -1");
                        });
        // Found, and from here on left out of the comparison.
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            unlocked(
                    statement,
                    "audit.entry",
                    "UPDATE audit.entry SET after = replace(after::text, 'public', 'secret')::json WHERE entity_key = '-1'");
        }
        assertThat(verify(Duration.ofSeconds(60)).outcome()).isEqualTo(Outcome.INTACT);
    }

    @Test
    @Order(3)
    void everyChangeOfASuperuserIsFoundAndNamed() throws Exception {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        pipeline.kill(Part.CONNECT);
        await(() -> verify(Duration.ofSeconds(5)).outcome() == Outcome.INTACT);
        for (int i = 0; i < TAMPERS; i++) {
            Random random = new Random(seed + i);
            Tamper tamper = Tamper.values()[i % Tamper.values().length];
            try (Connection database = audit.connect("the audit database");
                    Statement statement = database.createStatement()) {
                database.setAutoCommit(false);
                database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                String named = tamper.commit(statement, random);
                statement.execute("SET LOCAL ROLE daybook_reader");
                Report report = verification(Duration.ofMillis(1)).run(database);

                assertThat(report.outcome())
                        .as("seed %d, round %d: %s of %s", seed, i, tamper, named)
                        .isEqualTo(Outcome.BROKEN);
                assertThat(report.findings())
                        .as("seed %d, round %d: %s", seed, i, tamper)
                        .anySatisfy(finding -> assertThat(finding.inWords()).contains(named));
                database.rollback();
            }
        }
        assertThat(verify(Duration.ofSeconds(5)).outcome()).isEqualTo(Outcome.INTACT);
    }

    @Test
    @Order(4)
    void everyChangeOfTheLogsFilesIsFound() throws Exception {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        Random random = new Random(seed);
        Path log = Sealing.log(new DataDirectory(directory));
        for (int i = 0; i < TAMPERS / 4; i++) {
            Path copy = directory.resolve("copy-" + i);
            copy(log, copy);
            List<Path> files;
            try (Stream<Path> all = Files.walk(copy)) {
                files =
                        all.filter(Files::isRegularFile)
                                .filter(file -> !file.endsWith("head") && !file.endsWith("lock"))
                                .filter(file -> !file.toString().contains("staged"))
                                .sorted()
                                .toList();
            }
            Path file = files.get(random.nextInt(files.size()));
            byte[] bytes = Files.readAllBytes(file);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            try (Connection database = audit.connect("the audit database")) {
                database.setAutoCommit(false);
                Report report =
                        new Verification(
                                        new DirectoryStore(copy),
                                        key,
                                        List.of(),
                                        Duration.ofMillis(1))
                                .run(database);
                assertThat(report.outcome())
                        .as("seed %d, round %d: %s", seed, i, file)
                        .isEqualTo(Outcome.BROKEN);
            }
        }
    }

    /** What a superuser does; each returns what a finding must name. */
    private enum Tamper {
        VALUE {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id = entry(sql, random);
                unlocked(
                        sql,
                        "audit.entry",
                        "UPDATE audit.entry SET after = replace(after::text, 'name', 'nome')::json WHERE id = '"
                                + id
                                + "'");
                return id;
            }
        },
        KEY {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id = entry(sql, random);
                unlocked(
                        sql,
                        "audit.entry",
                        "UPDATE audit.entry SET entity_key = entity_key || '0' WHERE id = '"
                                + id
                                + "'");
                return id;
            }
        },
        ACTOR {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id =
                        one(
                                sql,
                                "SELECT transaction_id FROM audit.transaction ORDER BY transaction_id OFFSET "
                                        + random.nextInt(20)
                                        + " LIMIT 1");
                unlocked(
                        sql,
                        "audit.transaction",
                        "UPDATE audit.transaction SET actor = 'someone' WHERE transaction_id = "
                                + id);
                return "transaction " + id;
            }
        },
        SEED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id = entry(sql, random);
                unlocked(
                        sql,
                        "audit.entry",
                        "UPDATE audit.entry SET seed = set_byte(seed, 5, get_byte(seed, 5) # 1) WHERE id = '"
                                + id
                                + "'");
                return id;
            }
        },
        TIME {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id = entry(sql, random);
                unlocked(
                        sql,
                        "audit.entry",
                        "UPDATE audit.entry SET committed_at = committed_at - interval '1 microsecond' WHERE id = '"
                                + id
                                + "'");
                return id;
            }
        },
        REMOVED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id = entry(sql, random);
                String offset =
                        one(
                                sql,
                                "SELECT place & ((1::bigint << 44) - 1) FROM audit.entry WHERE id = '"
                                        + id
                                        + "'");
                unlocked(sql, "audit.entry", "DELETE FROM audit.entry WHERE id = '" + id + "'");
                return "offset " + offset;
            }
        },
        CONTEXT_REMOVED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id =
                        one(
                                sql,
                                "SELECT transaction_id FROM audit.transaction ORDER BY transaction_id OFFSET "
                                        + random.nextInt(20)
                                        + " LIMIT 1");
                unlocked(
                        sql,
                        "audit.transaction",
                        "DELETE FROM audit.transaction WHERE transaction_id = " + id);
                return "row of transactions-";
            }
        },
        ADDED_WITHOUT_PLACE {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                copied(sql, random, "NULL::bigint");
                return "1 rows of audit.entry";
            }
        },
        ADDED_BEHIND {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                return copied(sql, random, "place + (1::bigint << 40)");
            }
        },
        ADDED_IN_ANOTHER_STREAM {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                return copied(sql, random, "place + (77::bigint << 44)");
            }
        },
        DOUBLED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                copied(sql, random, "place");
                return "another row has its place";
            }
        },
        SWAPPED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String id = entry(sql, random);
                unlocked(
                        sql,
                        "audit.entry",
                        """
                        UPDATE audit.entry AS one SET after = other.after
                        FROM (SELECT after FROM audit.entry WHERE id <> '%1$s' AND operation = 'insert' LIMIT 1) AS other
                        WHERE one.id = '%1$s'"""
                                .formatted(id));
                return id;
            }
        },
        SEGMENT_CHANGED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                unlocked(
                        sql,
                        "audit.segment",
                        "UPDATE audit.segment SET content = set_byte(content, 60, get_byte(content, 60) # 1) WHERE (stream, first_offset) = ("
                                + segment(sql, random)
                                + ")");
                return "its row is not what was sealed";
            }
        },
        SEGMENT_REMOVED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                unlocked(
                        sql,
                        "audit.segment",
                        "DELETE FROM audit.segment WHERE (stream, first_offset) = ("
                                + segment(sql, random)
                                + ")");
                return "its row is gone";
            }
        },
        SEGMENT_ADDED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                sql.execute(
                        "INSERT INTO audit.segment SELECT stream, 7, first_offset, next_offset, content FROM audit.segment WHERE (stream, first_offset) = ("
                                + segment(sql, random)
                                + ")");
                return "it was never sealed";
            }
        },
        STREAM_CHANGED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                unlocked(
                        sql,
                        "audit.stream",
                        "UPDATE audit.stream SET first_offset = first_offset + 1 WHERE number = 1");
                return "stream 1";
            }
        },
        OFFSET_AHEAD {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                sql.execute(
                        "UPDATE audit.sink_offset SET next_offset = next_offset + 5 WHERE topic = 'entries' AND partition = 0");
                return "entries-0";
            }
        },
        OFFSET_BACK {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                sql.execute(
                        "UPDATE audit.sink_offset SET next_offset = 0 WHERE topic = 'entries' AND partition = 0");
                return "entries-0";
            }
        },
        WATERMARK_AHEAD {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                sql.execute(
                        "UPDATE audit.watermark SET complete_until = complete_until + interval '1 hour'");
                return "complete until";
            }
        },
        MONTH_DETACHED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                String month = one(sql, "SELECT tableoid::regclass FROM audit.entry LIMIT 1");
                sql.execute("ALTER TABLE audit.entry DETACH PARTITION " + month);
                return "it was sealed and is gone";
            }
        },
        HIDDEN_BY_A_POLICY {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                sql.execute(
                        "CREATE POLICY hide ON audit.entry FOR SELECT USING (entity_key <> '25')");
                sql.execute("ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY");
                return "it was sealed and is gone";
            }
        },
        SINK_NAME_CHANGED {
            @Override
            String commit(Statement sql, Random random) throws SQLException {
                unlocked(
                        sql,
                        "audit.stream",
                        "UPDATE audit.stream SET sink = 'other' WHERE number = 1");
                return "stream 1";
            }
        };

        abstract String commit(Statement sql, Random random) throws SQLException;

        private static String entry(Statement sql, Random random) throws SQLException {
            return one(
                    sql,
                    "SELECT id FROM audit.entry WHERE operation = 'insert' ORDER BY id OFFSET "
                            + random.nextInt(ROWS)
                            + " LIMIT 1");
        }

        private static String segment(Statement sql, Random random) throws SQLException {
            int segments = Integer.parseInt(one(sql, "SELECT count(*) FROM audit.segment"));
            return one(
                    sql,
                    "SELECT stream || ', ' || first_offset FROM audit.segment ORDER BY stream, first_offset OFFSET "
                            + random.nextInt(segments)
                            + " LIMIT 1");
        }

        private static String copied(Statement sql, Random random, String place)
                throws SQLException {
            String id = entry(sql, random);
            return one(
                    sql,
                    """
                    INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation, transaction_id,
                      sequence, position, after, place, seed)
                    SELECT (left(id::text, 35) || CASE right(id::text, 1) WHEN '0' THEN '1' ELSE '0' END)::uuid, committed_at,
                      source, table_name, entity_key, operation, transaction_id, sequence, position, after, %s, seed
                    FROM audit.entry WHERE id = '%s' RETURNING id"""
                            .formatted(place, id));
        }
    }

    private static void unlocked(Statement sql, String table, String change) throws SQLException {
        sql.execute("SET LOCAL session_replication_role = replica");
        for (String of :
                List.of("DISABLE TRIGGER append_only", "ENABLE ALWAYS TRIGGER append_only")) {
            if (of.startsWith("ENABLE")) {
                assertThat(sql.executeUpdate(change)).isGreaterThan(0);
            }
            try (ResultSet months =
                    sql.executeQuery(
                            "SELECT string_agg(oid::regclass::text, ' ') FROM pg_class WHERE oid = '"
                                    + table
                                    + "'::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '"
                                    + table
                                    + "'::regclass)")) {
                months.next();
                for (String month : months.getString(1).split(" ")) {
                    sql.getConnection()
                            .createStatement()
                            .execute("ALTER TABLE " + month + " " + of);
                }
            }
        }
    }

    private static String one(Statement sql, String query) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            assertThat(row.next()).as(query).isTrue();
            return row.getString(1);
        }
    }

    private static Report verify(Duration wait) throws IOException, SQLException {
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        return verification(wait).run(audit.jdbcUrl(), user, rows -> {});
    }

    private static Verification verification(Duration wait) throws IOException {
        DataDirectory data = new DataDirectory(directory);
        return new Verification(
                new DirectoryStore(Sealing.log(data)),
                key,
                new Anchor(Sealing.anchor(data)).checkpoints(),
                wait);
    }

    private static long count(String query) throws SQLException {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            return Long.parseLong(one(statement, query));
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(200);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.sorted().toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }
}
