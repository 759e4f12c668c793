package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.bucket.LogBucket;
import dev.daybook.bucket.S3Emulator;
import dev.daybook.evidence.Policy;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;
import dev.daybook.seal.SealerProgram;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Follows a change from the source through the whole pipeline into packs, stops everything, and
 * lets the jar alone check them in a folder of its own.
 */
class EvidenceCommandTest {

    @TempDir private static Path directory;
    @TempDir private static Path elsewhere;

    private static LocalPipeline pipeline;
    private static String entry = "";
    private static String key = "";
    private static String bucketKey = "";

    private record Ran(int code, String out, String err) {}

    @BeforeAll
    static void makePacksAndStop() throws Exception {
        pipeline =
                LocalPipeline.start(
                        new LocalSettings(
                                new DataDirectory(directory), 0, null, "public.*", false, true),
                        line -> {});
        try {
            change();
            String pack = elsewhere.resolve("row.zip").toString();
            Ran made = run("evidence", "public.t", "7", "--out", pack, "--json");
            assertThat(made.err()).isEmpty();
            assertThat(made.code()).isZero();
            JsonNode json = JsonMapper.builder().build().readTree(made.out());
            assertThat(json.path("entries").asLong()).isGreaterThanOrEqualTo(2);
            assertThat(json.path("other_rows").asLong()).isPositive();
            key = json.path("key").asString();
            // The log's spelling of a number is found too.
            assertThat(
                            run(
                                            "evidence",
                                            "t",
                                            "7.0",
                                            "--whole",
                                            "--out",
                                            elsewhere.resolve("whole.zip").toString())
                                    .code())
                    .isZero();
            assertThat(
                            run(
                                            "evidence",
                                            "t",
                                            "8",
                                            "--whole",
                                            "--out",
                                            elsewhere.resolve("absent.zip").toString())
                                    .code())
                    .isZero();
            Ran ofEntry =
                    run("evidence", entry, "--out", elsewhere.resolve("entry.zip").toString());
            assertThat(ofEntry.out())
                    .contains("entry.zip: 1 entry and ")
                    .contains("java -jar daybook-verifier.jar entry.zip --key '" + key + "'");
            restMakesTheSame();
            aSealerInABucketSealsTheSame();
            coverageSaysWhatIsSealedAndAnchored();
            refusals();
        } finally {
            pipeline.close();
        }
    }

    private static void change() throws Exception {
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            statement.execute(
                    "CREATE TABLE public.t (id bigint PRIMARY KEY, name text, amount numeric)");
            statement.execute("ALTER TABLE public.t REPLICA IDENTITY FULL");
            await(
                    () ->
                            count(
                                            pipeline.sourceAdministrator(),
                                            "SELECT count(*) FROM pg_publication_tables WHERE tablename = 't'")
                                    > 0);
            source.setAutoCommit(false);
            statement.execute("INSERT INTO public.t VALUES (7, 'seven', 1.50), (9, 'nine', 3)");
            source.commit();
            statement.execute("SELECT daybook.set_context('anna', 'a <b>reason</b>')");
            statement.execute("UPDATE public.t SET amount = 2.75 WHERE id = 7");
            source.commit();
        }
        // The rows are in partitions of their own, which are stored one before the other. Where the
        // table is read late, it has its rows once more.
        await(
                () ->
                        count(
                                        pipeline.auditAdministrator(),
                                        "SELECT count(*) FROM audit.entry WHERE table_name = 'public.t' AND operation IN ('insert', 'update')")
                                == 3);
        // Who changed it and why comes by a topic of its own.
        await(
                () ->
                        count(
                                        pipeline.auditAdministrator(),
                                        "SELECT count(*) FROM audit.transaction WHERE actor = 'anna'")
                                == 1);
        try (Connection audit = pipeline.auditAdministrator().connect("the audit database");
                Statement statement = audit.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT id FROM audit.entry WHERE table_name = 'public.t' AND operation = 'update'")) {
            assertThat(row.next()).isTrue();
            entry = row.getString(1);
        }
    }

    private static void restMakesTheSame() throws Exception {
        HttpResponse<byte[]> pack = get("/evidence/rows/public.t/7", true);
        assertThat(pack.statusCode()).isEqualTo(200);
        assertThat(pack.headers().firstValue("Content-Type")).hasValue("application/zip");
        assertThat(pack.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"evidence-public.t.zip\"");
        Files.write(elsewhere.resolve("rest.zip"), pack.body());
        Files.write(
                elsewhere.resolve("rest-whole.zip"),
                get("/evidence/rows/public.t/7.0?whole=true", true).body());
        Files.write(
                elsewhere.resolve("rest-entry.zip"),
                get("/evidence/entries/" + entry, true).body());
        receiptsAreInIt();
        assertThat(get("/evidence/rows/public.t/7", false).statusCode()).isEqualTo(401);
        assertThat(text(get("/evidence/rows/public.t/8", true))).contains("not-found");
        assertThat(
                        text(
                                get(
                                        "/evidence/rows/public.t/8?from=2100-01-01T00:00:00Z&whole=true",
                                        true)))
                .contains("Nothing was sealed in that time");
    }

    /**
     * A pack by REST shows that the log continues what the anchor took, which the reader may have.
     */
    private static void receiptsAreInIt() throws Exception {
        Path anchor = elsewhere.resolve("kept");
        Path anchored = directory.resolve("evidence/checkpoints");
        await(() -> Files.exists(anchored));
        Files.copy(anchored, anchor);
        await(
                () -> {
                    byte[] pack = get("/evidence/entries/" + entry, true).body();
                    Files.write(elsewhere.resolve("rest-anchored.zip"), pack);
                    return hasCheckpoints(pack);
                });
    }

    private static boolean hasCheckpoints(byte[] pack) throws IOException {
        try (ZipInputStream in = new ZipInputStream(new java.io.ByteArrayInputStream(pack))) {
            for (ZipEntry member = in.getNextEntry(); member != null; member = in.getNextEntry()) {
                if (member.getName().equals("checkpoints.jsonl")) {
                    return in.readAllBytes().length > 0;
                }
            }
        }
        return false;
    }

    /** Another sealer, with a log of its own, from the beginning of the topic. */
    private static void aSealerInABucketSealsTheSame() throws Exception {
        try (S3Emulator s3 = new S3Emulator("vault")) {
            Map<String, String> sdk =
                    Map.of(
                            "aws.endpointUrlS3", s3.uri().toString(),
                            "aws.region", "eu-central-1",
                            "aws.accessKeyId", "id",
                            "aws.secretAccessKey", "secret");
            sdk.forEach(System::setProperty);
            try (SealerProgram sealer = inBucket();
                    LogBucket bucket = LogBucket.at("s3://vault/shop")) {
                await(() -> packFrom(bucket));
                assertThat(sealer.state().failure()).isNull();
                byte[] policy = bucket.content("policy");
                assertThat(policy).isNotNull();
                bucketKey = Policy.parse(new String(policy, StandardCharsets.UTF_8)).toString();
                assertThat(s3.names()).allMatch(name -> name.startsWith("shop/"));
                assertThat(s3.names()).noneMatch(name -> name.contains("key"));
                Path trusted = elsewhere.resolve("bucket-policy");
                Files.write(trusted, policy);
                theLogInTheBucketIsVerified(trusted.toString());
            } finally {
                sdk.keySet().forEach(System::clearProperty);
            }
        }
    }

    /** As from any machine: the pipeline's data directory is not asked. */
    private static void theLogInTheBucketIsVerified(String policy) {
        DatabaseUrl audit = pipeline.auditAdministrator();
        String database =
                "postgresql://%s:%s@%s:%d/%s"
                        .formatted(
                                audit.user(),
                                audit.password(),
                                audit.host(),
                                audit.port(),
                                audit.database());
        Ran verified =
                run(
                        "verify",
                        "--log",
                        "s3://vault/shop",
                        "--database",
                        database,
                        "--policy",
                        policy,
                        "--data-dir",
                        elsewhere.resolve("none").toString());
        assertThat(verified.out()).contains("Intact: ").contains("No checkpoints");
        assertThat(verified.code()).isZero();
        assertThat(run("verify", "--log", "s3://vault/shop").err())
                .contains("which key to trust")
                .contains("--policy");
        assertThat(run("verify", "--log", "s3://vault/other", "--policy", policy).err())
                .contains("There is no sealed log in s3://vault/other.");
        assertThat(run("verify", "--log", "s3://", "--policy", policy).err())
                .contains("names no bucket");
        assertThat(run("verify", "--log", "s3://cellar/shop", "--policy", policy).err())
                .contains("The log cannot be verified: ");
        assertThat(run("verify", "--database", "shop").err()).contains("is not a PostgreSQL URL");
    }

    private static SealerProgram inBucket() throws IOException {
        ConnectionInfo connection = pipeline.connection();
        DatabaseUrl audit = pipeline.auditAdministrator();
        return SealerProgram.start(
                Map.ofEntries(
                        Map.entry("DAYBOOK_SEALER_LOG", "s3://vault/shop"),
                        Map.entry("DAYBOOK_SEALER_NAME", "daybook.example/bucket"),
                        Map.entry("DAYBOOK_SEALER_SEED", "0123456789abcdef0123456789abcdef"),
                        Map.entry("DAYBOOK_SEGMENTS_REPLICATION", "0"),
                        Map.entry("DAYBOOK_HEALTH_PORT", "0"),
                        Map.entry("DAYBOOK_DATABASE_URL", audit.jdbcUrl()),
                        Map.entry("DAYBOOK_DATABASE_USER", audit.user()),
                        Map.entry("DAYBOOK_DATABASE_PASSWORD", audit.password()),
                        Map.entry("KAFKA_BOOTSTRAP_SERVERS", connection.kafka()),
                        Map.entry("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
                        Map.entry("KAFKA_SASL_MECHANISM", "PLAIN"),
                        Map.entry("KAFKA_USER", connection.kafkaUser()),
                        Map.entry("KAFKA_PASSWORD", connection.kafkaPassword())),
                Clock.systemUTC());
    }

    /** Makes a pack of the log in the bucket; returns false while it lacks the entry. */
    private static boolean packFrom(LogBucket bucket) throws Exception {
        try (Connection audit = pipeline.auditAdministrator().connect("the audit database");
                OutputStream out = Files.newOutputStream(elsewhere.resolve("bucket.zip"))) {
            audit.setAutoCommit(false);
            audit.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            PackMaker.make(
                    audit,
                    bucket::content,
                    List.of(),
                    PackRequest.ofEntry(UUID.fromString(entry)),
                    out);
            return true;
        } catch (PackProblem problem) {
            assertThat(problem.kind()).isIn(PackProblem.Kind.NO_LOG, PackProblem.Kind.NOT_YET);
            return false;
        }
    }

    private static void coverageSaysWhatIsSealedAndAnchored() throws Exception {
        JsonMapper mapper = JsonMapper.builder().build();
        await(
                () -> {
                    JsonNode now = mapper.readTree(get("/coverage", true).body());
                    return now.at("/data/0/sealed_until").isString()
                            && now.at("/seal/anchored_at").isString();
                });
        JsonNode coverage = mapper.readTree(get("/coverage", true).body());
        assertThat(coverage.at("/seal/leaves").asLong()).isPositive();
        assertThat(coverage.at("/seal/anchored_leaves").asLong()).isPositive();
        assertThat(coverage.at("/seal/anchored_at").isString()).isTrue();
        assertThat(run("status").out())
                .containsPattern(
                        " sealed until +\\S+ \\(.* ago\\), once a minute, by \\d+ leaves; the last was made .* ago\\R")
                .containsPattern(
                        " anchored until +(\\S+ \\(.* ago\\), by \\d+ leaves; the anchor was told .* ago|nothing is anchored as complete)\\R");
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static HttpResponse<byte[]> get(String path, boolean withKey) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(pipeline.connection().api() + path));
        if (withKey) {
            request.header("X-API-Key", pipeline.connection().apiKey());
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static void refusals() throws Exception {
        assertThat(run("evidence", "public.t", "8").code()).isEqualTo(1);
        assertThat(run("evidence", "public.t", "8").err())
                .contains("The log has no row 8 of public.t.");
        assertThat(run("evidence", "public.t").err()).contains("is no id of an entry");
        assertThat(run("evidence", entry, "--whole").code()).isEqualTo(2);
        assertThat(
                        run(
                                        "evidence",
                                        "public.t",
                                        "7",
                                        "--out",
                                        elsewhere.resolve("row.zip").toString())
                                .err())
                .contains("is there already");
        // What the database's owner has changed makes no pack, and the entry is named.
        try (Connection audit = pipeline.auditAdministrator().connect("the audit database");
                Statement statement = audit.createStatement()) {
            statement.execute("SET session_replication_role = replica");
            statement.execute("ALTER TABLE audit.entry DISABLE TRIGGER ALL");
            String month =
                    one(
                            statement,
                            "SELECT tableoid::regclass FROM audit.entry WHERE id = '"
                                    + entry
                                    + "'");
            statement.execute("ALTER TABLE " + month + " DISABLE TRIGGER ALL");
            statement.execute(
                    "UPDATE audit.entry SET after = replace(after::text, '2.75', '2.76')::json WHERE id = '"
                            + entry
                            + "'");
        }
        Ran altered = run("evidence", entry, "--out", elsewhere.resolve("altered.zip").toString());
        assertThat(altered.code()).isEqualTo(1);
        assertThat(altered.err())
                .contains(
                        "entry "
                                + entry
                                + " is in the audit database and is not what was sealed there");
        HttpResponse<byte[]> rest = get("/evidence/entries/" + entry, true);
        assertThat(rest.statusCode()).isEqualTo(409);
        assertThat(text(rest)).contains("not-as-sealed").contains(entry);
        assertThat(elsewhere.resolve("altered.zip")).doesNotExist();
        assertThat(elsewhere.resolve("altered.zip.part")).doesNotExist();
    }

    @AfterAll
    static void stop() {
        if (pipeline != null) {
            pipeline.close();
        }
    }

    @Test
    void theJarAloneVerifiesWhatIsLeft(@TempDir Path empty) throws Exception {
        for (String pack :
                List.of(
                        "row.zip",
                        "whole.zip",
                        "absent.zip",
                        "entry.zip",
                        "rest.zip",
                        "rest-whole.zip",
                        "rest-entry.zip")) {
            Ran ran = verify(empty, Files.readAllBytes(elsewhere.resolve(pack)));

            assertThat(ran.code()).as(ran.out()).isZero();
            assertThat(ran.out()).startsWith("VERIFIED: ");
        }
        Ran ofBucket =
                verify(empty, Files.readAllBytes(elsewhere.resolve("bucket.zip")), bucketKey);
        assertThat(ofBucket.out()).startsWith("VERIFIED: ");
        verify(empty, Files.readAllBytes(elsewhere.resolve("row.zip")));
        assertThat(Files.readString(empty.resolve("pack.html")))
                .contains("a &lt;b&gt;reason&lt;/b&gt;")
                .contains("1.50 → 2.75")
                .contains("anna");
        assertThat(verify(empty, Files.readAllBytes(elsewhere.resolve("absent.zip"))).out())
                .contains("0 entries of the row 8 of public.t")
                .contains("nothing else was sealed about it");
    }

    @Test
    void aPackByRestContinuesWhatTheAnchorTook(@TempDir Path empty) throws Exception {
        Ran ran =
                verify(
                        empty,
                        Files.readAllBytes(elsewhere.resolve("rest-anchored.zip")),
                        key,
                        "--anchor",
                        elsewhere.resolve("kept").toString());

        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(Files.readString(empty.resolve("pack.html")))
                .containsPattern("that you kept yourself agrees? with it");
    }

    @Test
    void oneDigitThatIsChangedIsRefusedWithItsLine(@TempDir Path empty) throws Exception {
        Ran ran = verify(empty, changed("2.75", "2.76"));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .startsWith("REFUSED: rows.jsonl line ")
                .contains("entry " + entry + " of public.t, key 7 is not what was sealed");
    }

    private static byte[] changed(String from, String to) throws IOException {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        try (ZipInputStream in =
                        new ZipInputStream(Files.newInputStream(elsewhere.resolve("row.zip")));
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry member = in.getNextEntry(); member != null; member = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(member.getName()));
                write(out, new String(in.readAllBytes(), StandardCharsets.UTF_8).replace(from, to));
            }
        }
        return bytes.toByteArray();
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Ran verify(Path empty, byte[] pack) throws Exception {
        return verify(empty, pack, key);
    }

    private static Ran verify(Path empty, byte[] pack, String trusted, String... more)
            throws Exception {
        Files.write(empty.resolve("pack.zip"), pack);
        Files.write(
                empty.resolve("daybook-verifier.jar"),
                Files.readAllBytes(elsewhere.resolve("daybook-verifier.jar")));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-jar",
                                "daybook-verifier.jar",
                                "pack.zip",
                                "--key",
                                trusted));
        command.addAll(List.of(more));
        Process process =
                new ProcessBuilder(command)
                        .directory(empty.toFile())
                        .redirectErrorStream(true)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), out, "");
    }

    private static Ran run(String... arguments) {
        CommandLine command = Daybook.commandLine();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("--data-dir")) {
            all.addAll(List.of("--data-dir", directory.toString()));
        }
        int code = command.execute(all.toArray(String[]::new));
        return new Ran(code, out.toString(), err.toString());
    }

    private static String one(Statement statement, String query) throws Exception {
        try (ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    private static long count(DatabaseUrl url, String query) throws Exception {
        try (Connection database = url.connect("the database");
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
            Thread.sleep(100);
        }
    }
}
