package dev.daybook.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** The one-off program on a real server, as a user that is no superuser, like Aurora's. */
class MigrationsTest {

    @TempDir static Path logs;

    private static EmbeddedPostgres server;

    @BeforeAll
    static void startServer() throws IOException, SQLException {
        Path log = logs.resolve("server.log");
        server =
                EmbeddedPostgres.builder()
                        .setServerConfig("wal_level", "logical")
                        // As the parameter group of the cloud's source has it.
                        .setServerConfig("log_statement", "ddl")
                        .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        execute(
                "CREATE ROLE admin LOGIN CREATEROLE CREATEDB REPLICATION BYPASSRLS PASSWORD 'admin'",
                "CREATE DATABASE daybook OWNER admin",
                "CREATE DATABASE shop OWNER admin");
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @Test
    void migratesAndGivesTheRolesTheirPasswords() throws Exception {
        Run first = run(audit("writer-one", "reader-one"), "audit");

        assertThat(first.errors()).isEmpty();
        assertThat(first.code()).isZero();
        assertThat(first.output()).contains("new migrations", "daybook_writer", "daybook_reader");
        assertThat(logsIn("daybook", "daybook_writer", "writer-one")).isTrue();
        assertThat(logsIn("daybook", "daybook_reader", "reader-one")).isTrue();

        Map<String, String> sealing = audit("writer-one", "reader-one");
        sealing.put("DAYBOOK_SEALER_PASSWORD", "sealer-one");
        run(sealing, "audit");

        assertThat(logsIn("daybook", "daybook_sealer", "sealer-one")).isTrue();
    }

    @Test
    void aNewPasswordIsSetByRunningAgain() throws Exception {
        run(audit("writer-one", "reader-one"), "audit");
        Run second = run(audit("writer-two", "reader-one"), "audit");

        assertThat(second.code()).isZero();
        assertThat(second.output()).contains("0 new migrations");
        assertThat(verifier("daybook_writer")).startsWith("SCRAM-SHA-256$");
        assertThat(verifies(verifier("daybook_writer"), "writer-one")).isFalse();
        assertThat(logsIn("daybook", "daybook_writer", "writer-two")).isTrue();
    }

    @Test
    void preparesASourceAndSaysWhatItFinds() throws Exception {
        Map<String, String> environment = settings("shop");
        Path file = logs.resolve("capture");
        Files.writeString(file, "a-capture-password\n");
        environment.put("DAYBOOK_CAPTURE_PASSWORD_FILE", file.toString());

        Run run = run(environment, "source");

        assertThat(run.errors()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.output()).contains("prepared for capture of public.*");
        assertThat(logsIn("shop", "daybook_capture", "a-capture-password")).isTrue();
        assertThat(run(environment, "source").code()).isZero();
    }

    @Test
    void noPasswordIsInTheServersLog() throws Exception {
        run(audit("writer-three", "reader-three"), "audit");

        assertThat(Files.readString(logs.resolve("server.log")))
                .contains("daybook_writer")
                .doesNotContain("writer-three", "reader-three");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DAYBOOK_DATABASE_URL | '' | DAYBOOK_DATABASE_URL is not set.",
                "DAYBOOK_DATABASE_URL | mysql://x | DAYBOOK_DATABASE_URL is not a PostgreSQL URL.",
                "DAYBOOK_WRITER_PASSWORD | '' | DAYBOOK_WRITER_PASSWORD is not set.",
                "DAYBOOK_WRITER_PASSWORD_FILE | /x | DAYBOOK_WRITER_PASSWORD is set twice",
                "DAYBOOK_WAIT_SECONDS | soon | DAYBOOK_WAIT_SECONDS is \"soon\".",
            })
    void aWrongSettingIsOneLineAndTheCode2(String name, String value, String said)
            throws Exception {
        Map<String, String> environment = audit("a", "b");
        if (value.isEmpty()) {
            environment.remove(name);
        } else {
            environment.put(name, value);
        }

        Run run = run(environment, "audit");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors().lines()).hasSize(1);
        assertThat(run.errors()).startsWith("daybook-migrations: " + said);
    }

    @Test
    void anUnknownCommandIsRefused() throws Exception {
        assertThat(run(audit("a", "b"), "everything").code()).isEqualTo(2);
        assertThat(run(audit("a", "b")).code()).isEqualTo(2);
    }

    @Test
    void aDatabaseThatRefusesIsOneLineAndTheCode1() throws Exception {
        Map<String, String> environment = audit("a", "b");
        environment.put("DAYBOOK_DATABASE_URL", url("nowhere"));

        Run run = run(environment, "audit");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errors().lines()).hasSize(1);
        assertThat(run.errors()).contains("nowhere");
    }

    private record Run(int code, String output, String errors) {}

    private static Run run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int code =
                Migrations.run(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(errors, true, StandardCharsets.UTF_8),
                        arguments);
        return new Run(
                code,
                out.toString(StandardCharsets.UTF_8),
                errors.toString(StandardCharsets.UTF_8));
    }

    private static Map<String, String> audit(String writer, String reader) {
        Map<String, String> environment = settings("daybook");
        environment.put("DAYBOOK_WRITER_PASSWORD", writer);
        environment.put("DAYBOOK_READER_PASSWORD", reader);
        return environment;
    }

    private static Map<String, String> settings(String database) {
        Map<String, String> environment = new HashMap<>();
        environment.put("DAYBOOK_DATABASE_URL", url(database));
        environment.put("DAYBOOK_DATABASE_USER", "admin");
        environment.put("DAYBOOK_DATABASE_PASSWORD", "admin");
        environment.put("DAYBOOK_WAIT_SECONDS", "5");
        return environment;
    }

    private static String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database;
    }

    /** The embedded server trusts everyone, so the stored verifier is what is compared. */
    private static boolean logsIn(String database, String role, String password)
            throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(database), role, password)) {
            return connection.isValid(5) && verifies(verifier(role), password);
        }
    }

    private static boolean verifies(String verifier, String password) {
        String[] parts = verifier.split("[$:]", -1);
        int iterations = Integer.parseInt(parts[1]);
        byte[] salt = Base64.getDecoder().decode(parts[2]);
        byte[] stored = Base64.getDecoder().decode(parts[3]);
        try {
            byte[] salted =
                    SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(
                                    new PBEKeySpec(password.toCharArray(), salt, iterations, 256))
                            .getEncoded();
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(salted, "HmacSHA256"));
            byte[] clientKey = mac.doFinal("Client Key".getBytes(StandardCharsets.US_ASCII));
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(clientKey);
            return MessageDigest.isEqual(digest, stored);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String verifier(String role) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT rolpassword FROM pg_authid WHERE rolname = '"
                                        + role
                                        + "'")) {
            row.next();
            return row.getString(1);
        }
    }

    private static void execute(String... statements) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
