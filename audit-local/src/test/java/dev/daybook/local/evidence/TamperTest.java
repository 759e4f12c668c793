package dev.daybook.local.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Topic;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.Policy;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Tile;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Report;
import dev.daybook.seal.Report.Finding;
import dev.daybook.seal.Report.Outcome;
import dev.daybook.seal.SealerProgram;
import dev.daybook.seal.Verification;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A superuser of the audit database changes what is sealed, at random, and each change is found and
 * named. The seed is printed; daybook.tampers and daybook.tamper.rows make it larger.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TamperTest {

    /** The sealer's own notes, which nothing is proven by. */
    private static final Set<String> BESIDE_THE_LOG =
            Set.of("head", "lock", "verified", "anchored", "receipts");

    private static final int TAMPERS = Integer.getInteger("daybook.tampers", 60);
    private static final int FORGERIES = Math.max(15, TAMPERS / 20);
    private static final int ROWS = Integer.getInteger("daybook.tamper.rows", 1_500);

    @TempDir private static Path directory;
    private static LocalPipeline pipeline;
    private static DatabaseUrl audit;
    private static NoteKey key;

    @BeforeAll
    static void start() throws Exception {
        pipeline =
                LocalPipeline.start(
                        new LocalSettings(directory, 0, null, "public.*", false), line -> {});
        audit = pipeline.auditAdministrator();
        key = Policy.parse(Files.readString(Sealing.policy(new DataDirectory(directory))));
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            statement.execute(
                    "CREATE TABLE public.t (id bigint PRIMARY KEY, name text, amount numeric)");
            statement.execute("ALTER TABLE public.t REPLICA IDENTITY FULL");
            await(
                    () ->
                            "1"
                                    .equals(
                                            Tamper.one(
                                                    statement,
                                                    "SELECT count(*) FROM pg_publication_tables WHERE tablename = 't'")));
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
    void whatIsLeftAloneIsIntactWhileChangesComeAfterAKillAndWithTwoSealers() throws Exception {
        // Until the first heartbeat has come through each partition.
        await(() -> !verify(Duration.ofSeconds(60)).completeUntil().isEmpty());
        Report running = verify(Duration.ofSeconds(60));

        assertThat(running.findings()).isEmpty();
        assertThat(running.outcome()).isEqualTo(Outcome.INTACT);
        assertThat(running.verified()).isGreaterThanOrEqualTo(ROWS + ROWS / 10);
        assertThat(running.completeUntil()).hasSize(1);

        try (SealerProgram second = secondSealer()) {
            change("DELETE FROM public.t WHERE id < 10");
            pipeline.kill(Part.DATABASE);
            pipeline.start(Part.DATABASE);
            pipeline.kill(Part.CONNECT);
            pipeline.start(Part.CONNECT);
            await(() -> second.state().leaves() > running.leaves());
            await(() -> second.state().verified() != null);
            assertThat(health(second)).isEqualTo(200);
            await(
                    () ->
                            sinceLast().notes().stream()
                                    .anyMatch(note -> note.contains("rows sealed since leaf ")));
            assertThat(second.state().verified().outcome()).isEqualTo(Outcome.INTACT);
        }
        change("DELETE FROM public.t WHERE id < 20");
        await(() -> count("SELECT count(*) FROM audit.entry WHERE operation = 'delete'") >= 20);

        Report after = verify(Duration.ofSeconds(60));
        assertThat(after.findings()).isEmpty();
        assertThat(after.gaps()).isEmpty();
        assertThat(after.notes()).anySatisfy(note -> assertThat(note).contains("clock went back"));
        assertThat(after.outcome()).isEqualTo(Outcome.INTACT);
    }

    @Test
    @Order(2)
    void offsetsSetBackATopicMadeAnewAndMarkersOfTransactionsAreNoFindings() throws Exception {
        pipeline.kill(Part.CONNECT);
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            statement.execute(
                    "UPDATE audit.sink_offset SET next_offset = next_offset / 2 WHERE topic = 'entries'");
        }
        pipeline.start(Part.CONNECT);
        change("UPDATE public.t SET name = 'set back' WHERE id = 30");
        await(
                () ->
                        count("SELECT count(*) FROM audit.entry WHERE after->>'name' = 'set back'")
                                == 1);

        Map<String, Object> exactlyOnce = new HashMap<>(clientSettings());
        exactlyOnce.put("transactional.id", "test");
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        exactlyOnce, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int i = 0; i < 4; i++) {
                producer.beginTransaction();
                producer.send(record(entry("operation = 'insert'", "id", "actor")));
                producer.flush();
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }

        pipeline.kill(Part.CONNECT);
        pipeline.kill(Part.INGEST);
        String topic = Topic.TRANSACTIONS.defaultName();
        try (Admin admin = Admin.create(new HashMap<>(clientSettings()));
                Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            int partitions =
                    admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get()
                            .get(topic)
                            .partitions()
                            .size();
            admin.deleteTopics(List.of(topic)).all().get();
            await(() -> !admin.listTopics().names().get().contains(topic));
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
            statement.execute(
                    "UPDATE audit.sink_offset SET next_offset = 0 WHERE topic = 'transactions'");
        }
        pipeline.start(Part.INGEST);
        pipeline.start(Part.CONNECT);
        // Until each partition has got a record, its offset is where nobody has stored anything.
        for (int i = 0; i < 40; i++) {
            change(
                    "SELECT daybook.set_context('after', 'anew'); UPDATE public.t SET name = 'anew' WHERE id = 31");
        }
        await(() -> count("SELECT count(*) FROM audit.transaction WHERE reason = 'anew'") == 40);

        Report report = verify(Duration.ofSeconds(60));
        assertThat(report.findings()).isEmpty();
        assertThat(report.outcome()).isEqualTo(Outcome.INTACT);
        assertThat(report.gaps())
                .anySatisfy(
                        gap -> assertThat(gap).startsWith("entries-0").contains("were set back"))
                .anySatisfy(
                        gap -> assertThat(gap).startsWith("transactions-").contains("made anew"));
    }

    @Test
    @Order(3)
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
        Report sinceLast = sinceLast();

        assertThat(sinceLast.findings()).isEqualTo(report.findings());
        assertThat(sinceLast.verified()).isPositive().isLessThanOrEqualTo(report.verified() - ROWS);
        assertThat(sinceLast.notes())
                .anySatisfy(note -> assertThat(note).contains("rows sealed since leaf "));
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
            Tamper.unlocked(
                    statement,
                    "audit.entry",
                    "UPDATE audit.entry SET after = replace(after::text, 'public', 'secret')::json WHERE entity_key = '-1'");
        }
        assertThat(verify(Duration.ofSeconds(60)).outcome()).isEqualTo(Outcome.INTACT);
    }

    @Test
    @Order(4)
    void everyChangeOfASuperuserIsFoundAndNamed() throws Exception {
        long seed = seed();
        pipeline.kill(Part.CONNECT);
        await(() -> verify(Duration.ofSeconds(5)).outcome() == Outcome.INTACT);
        Iterator<Tamper> alone =
                Stream.generate(() -> Tamper.ALONE).flatMap(Set::stream).iterator();
        int done = 0;
        for (int round = 0; done < TAMPERS; round++) {
            List<Tamper> tampers = round % 4 == 0 ? manyAtOnce() : List.of(alone.next());
            requireFound(tampers, seed + round);
            done += tampers.size();
        }
        System.out.println(done + " changes found and named");
        assertThat(verify(Duration.ofSeconds(5)).outcome()).isEqualTo(Outcome.INTACT);
    }

    /** Each kind that leaves the others to be named; more of each where there are many rows. */
    private static List<Tamper> manyAtOnce() {
        List<Tamper> tampers = new ArrayList<>();
        for (Tamper tamper : Tamper.values()) {
            if (!Tamper.ALONE.contains(tamper)) {
                int times = tamper.isRepeatable() && ROWS > 20_000 ? 3 : 1;
                tampers.addAll(Collections.nCopies(times, tamper));
            }
        }
        return tampers;
    }

    private static void requireFound(List<Tamper> tampers, long seed)
            throws IOException, SQLException {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            database.setAutoCommit(false);
            database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            Draw draw = new Draw(seed);
            List<String> named = new ArrayList<>();
            for (Tamper tamper : tampers) {
                named.add(tamper.commit(statement, draw));
            }
            statement.execute("SET LOCAL ROLE daybook_reader");
            Report report = verification(Duration.ofMillis(1)).run(database);

            assertThat(report.outcome())
                    .as("seed %d: %s of %s", seed, tampers, named)
                    .isEqualTo(Outcome.BROKEN);
            List<String> findings = report.findings().stream().map(Finding::inWords).toList();
            for (int i = 0; i < named.size(); i++) {
                String name = named.get(i);
                assertThat(findings)
                        .as("seed %d: %s", seed, tampers.get(i))
                        .anySatisfy(finding -> assertThat(finding).contains(name));
            }
            database.rollback();
        }
    }

    @Test
    @Order(5)
    void everyChangeOfTheLogsFilesIsFound() throws Exception {
        long seed = seed();
        Random random = new Random(seed);
        Path log = Sealing.log(new DataDirectory(directory));
        for (int i = 0; i < FORGERIES; i++) {
            Path copy = directory.resolve("copy-" + i);
            copy(log, copy);
            List<Path> files = new ArrayList<>();
            try (Stream<Path> all = Files.walk(copy)) {
                for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                    if (!BESIDE_THE_LOG.contains(file.getFileName().toString())
                            && !file.toString().contains("staged")
                            && !isLeftOver(copy, file)) {
                        files.add(file);
                    }
                }
            }
            Path file = files.get(random.nextInt(files.size()));
            byte[] bytes = Files.readAllBytes(file);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            assertThat(verify(copy, List.of()).outcome())
                    .as("seed %d, round %d: %s", seed, i, file)
                    .isEqualTo(Outcome.BROKEN);
            FileSystemUtils.deleteRecursively(copy);
        }
    }

    /** Two sealers tried at one leaf, and the log has the leaf of one. */
    private static boolean isLeftOver(Path log, Path file) throws IOException {
        Path path = log.relativize(file);
        if (!path.startsWith("segments")) {
            return false;
        }
        String name = path.getFileName().toString();
        long index =
                1_000 * Long.parseLong(path.getName(1).toString())
                        + Long.parseLong(name.substring(0, name.indexOf('-')));
        long size = Long.parseLong(Files.readAllLines(log.resolve("checkpoint")).get(1));
        if (index >= size) {
            return true;
        }
        long tile = index / Tile.WIDTH;
        int width = (int) Math.min(Tile.WIDTH, size - tile * Tile.WIDTH);
        byte[] hashes = Files.readAllBytes(log.resolve(new Tile(0, tile, width).path()));
        Hash leaf = Hash.of(hashes, (int) (index % Tile.WIDTH) * Hash.LENGTH);
        return !path.equals(Path.of(SegmentRecord.file(index, leaf)));
    }

    @Test
    @Order(6)
    void aLogThatIsForgedWithItsKeyIsFoundByAnEarlierCheckpoint() throws Exception {
        long seed = seed();
        NoteSigner signer =
                NoteSigner.parse(
                        Files.readString(directory.resolve("evidence").resolve("sealer.key")));
        Path log = Sealing.log(new DataDirectory(directory));
        String kept = Files.readString(log.resolve("checkpoint"));
        for (int i = 0; i < FORGERIES; i++) {
            Forgery forgery = Forgery.values()[i % Forgery.values().length];
            Path copy = directory.resolve("forged-" + i);
            copy(log, copy);
            forgery.commit(copy, signer, new Random(seed + i));
            Report report = verify(copy, List.of(kept));

            assertThat(report.outcome())
                    .as("seed %d, round %d: %s", seed, i, forgery)
                    .isEqualTo(Outcome.BROKEN);
            assertThat(report.findings())
                    .as("seed %d, round %d: %s", seed, i, forgery)
                    .extracting(Finding::kind)
                    .containsAnyOf("fork", "rollback");
            FileSystemUtils.deleteRecursively(copy);
        }
    }

    @Test
    @Order(7)
    void anEntryOfATimeThatWasCompleteIsNamedAsLate() throws Exception {
        pipeline.start(Part.CONNECT);
        // A heartbeat is sealed each minute.
        await(
                () ->
                        count(
                                        "SELECT count(*) FROM audit.entry WHERE committed_at <= '"
                                                + sealedUntil()
                                                + "'")
                                > 0);
        String until = sealedUntil();
        String forged =
                entry(
                        "committed_at <= '" + until + "'",
                        "left(id::text, 35) || CASE right(id::text, 1) WHEN '0' THEN '1' ELSE '0' END",
                        "'mallory'");
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        new HashMap<>(clientSettings()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(record(forged)).get();
        }
        await(() -> count("SELECT count(*) FROM audit.entry WHERE actor = 'mallory'") == 1);

        assertThat(verify(Duration.ofSeconds(60)).findings())
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.kind()).isEqualTo("late");
                            assertThat(finding.what()).contains("complete until ");
                        });
        pipeline.kill(Part.CONNECT);
    }

    @Test
    @Order(8)
    void anOlderBackupThatIsRestoredIsFound() throws Exception {
        Path database = directory.resolve("audit");
        Path backup = directory.resolve("backup");
        pipeline.kill(Part.DATABASE);
        copy(database, backup);
        pipeline.start(Part.DATABASE);
        pipeline.start(Part.CONNECT);
        change("UPDATE public.t SET name = 'later' WHERE id = 21");
        await(() -> count("SELECT count(*) FROM audit.entry WHERE after->>'name' = 'later'") == 1);
        assertThat(verify(Duration.ofSeconds(60)).findings())
                .extracting(Finding::kind)
                .containsOnly("late");
        pipeline.kill(Part.CONNECT);
        pipeline.kill(Part.DATABASE);
        FileSystemUtils.deleteRecursively(database);
        copy(backup, database);
        pipeline.start(Part.DATABASE);

        assertThat(verify(Duration.ofSeconds(1)).findings())
                .anySatisfy(
                        finding -> {
                            assertThat(finding.kind()).isEqualTo("removed");
                            assertThat(finding.where()).startsWith("row of entries-");
                        })
                .anySatisfy(
                        finding -> {
                            assertThat(finding.kind()).isEqualTo("removed");
                            assertThat(finding.where()).startsWith("segment entries-");
                        });

        // The sink stores what is missing again, and the finding stays: nobody ordered the restore.
        pipeline.start(Part.CONNECT);
        await(() -> count("SELECT count(*) FROM audit.entry WHERE after->>'name' = 'later'") == 1);
        assertThat(verify(Duration.ofSeconds(1)).outcome()).isEqualTo(Outcome.BROKEN);
    }

    /**
     * Starts another sealer on the same log, as a program of its own does, with the same key and a
     * clock that is an hour behind.
     */
    private static SealerProgram secondSealer() throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("DAYBOOK_SEALER_LOG", directory.resolve("evidence").toString());
        environment.put("DAYBOOK_SEALER_NAME", "not.needed/the-key-is-there");
        environment.put("DAYBOOK_DATABASE_URL", audit.jdbcUrl());
        environment.put("DAYBOOK_DATABASE_USER", audit.user());
        environment.put("DAYBOOK_DATABASE_PASSWORD", audit.password());
        environment.put("DAYBOOK_VERIFY_EVERY", "1s");
        environment.put("DAYBOOK_HEALTH_PORT", "0");
        ConnectionInfo connection = pipeline.connection();
        environment.put("KAFKA_BOOTSTRAP_SERVERS", connection.kafka());
        environment.put("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT");
        environment.put("KAFKA_SASL_MECHANISM", "PLAIN");
        environment.put("KAFKA_USER", connection.kafkaUser());
        environment.put("KAFKA_PASSWORD", connection.kafkaPassword());
        return SealerProgram.start(
                environment, Clock.offset(Clock.systemUTC(), Duration.ofHours(-1)));
    }

    private static int health(SealerProgram sealer) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:"
                                                            + sealer.healthPort()
                                                            + "/health"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    /** Returns the latest entry of which a condition holds as the ingest would write it. */
    private static String entry(String condition, String id, String actor) throws SQLException {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            return Tamper.one(
                    statement,
                    """
                    SELECT json_build_object('id', %s,
                      'committed_at', to_char(committed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                      'source', source, 'table_name', table_name, 'entity_key', entity_key, 'old_entity_key', old_entity_key,
                      'operation', operation, 'transaction_id', transaction_id, 'sequence', sequence, 'position', position,
                      'before', before, 'after', after, 'unknown_columns', unknown_columns, 'actor', %s)
                    FROM audit.entry WHERE %s ORDER BY committed_at DESC LIMIT 1"""
                            .formatted(id, actor, condition));
        }
    }

    private static ProducerRecord<byte[], byte[]> record(String entry) {
        return new ProducerRecord<>(
                Topic.ENTRIES.defaultName(), 0, null, entry.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> clientSettings() {
        ConnectionInfo connection = pipeline.connection();
        return Map.of(
                "bootstrap.servers",
                connection.kafka(),
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";"
                        .formatted(connection.kafkaUser(), connection.kafkaPassword()));
    }

    /** Returns until when the source was complete, as the last heartbeat says. */
    private static String sealedUntil() throws IOException, SQLException {
        String line = verify(Duration.ofSeconds(60)).sealedCompleteUntil().getFirst();
        return line.substring(line.lastIndexOf(' ') + 1);
    }

    private static long seed() {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        return seed;
    }

    private static void change(String sql) throws SQLException {
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Report verify(Path log, List<String> outside) throws IOException, SQLException {
        try (Connection database = audit.connect("the audit database")) {
            database.setAutoCommit(false);
            return new Verification(new DirectoryStore(log), key, outside, Duration.ofMillis(1))
                    .run(database);
        }
    }

    private static Report verify(Duration wait) throws IOException, SQLException {
        return verification(wait).run(audit.jdbcUrl(), user(), rows -> {});
    }

    private static Report sinceLast() throws IOException, SQLException {
        return verification(Duration.ofSeconds(60))
                .sinceLast()
                .run(audit.jdbcUrl(), user(), rows -> {});
    }

    private static Properties user() {
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        return user;
    }

    private static Verification verification(Duration wait) throws IOException {
        DataDirectory data = new DataDirectory(directory);
        return new Verification(
                new DirectoryStore(Sealing.log(data)), key, Sealing.checkpoints(data), wait);
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
        long end = System.nanoTime() + Duration.ofSeconds(120 + ROWS / 100).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(200);
        }
    }

    /** Copies a directory; again where a sealer that runs took a file away meanwhile. */
    private static void copy(Path from, Path to) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (Stream<Path> all = Files.walk(from)) {
                for (Path path : all.sorted().toList()) {
                    Files.copy(
                            path,
                            to.resolve(from.relativize(path).toString()),
                            StandardCopyOption.COPY_ATTRIBUTES);
                }
                return;
            } catch (NoSuchFileException | UncheckedIOException e) {
                if (attempt == 10) {
                    throw e;
                }
                FileSystemUtils.deleteRecursively(to);
            }
        }
    }
}
