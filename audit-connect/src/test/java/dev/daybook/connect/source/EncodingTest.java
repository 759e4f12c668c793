package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** Databases whose encoding is not UTF-8, and such as have none. */
class EncodingTest {

    private static final Map<String, String> KEPT = Map.of("rejected.values", "true");

    private static final String NOT_UTF_8 = "convert_from('\\x636166e9', 'SQL_ASCII')";

    @Test
    void aChangeWithBytesThatAreNoTextIsRejectedWithThemAndTheCaptureGoesOn() throws Exception {
        try (SourceDatabase database = SourceDatabase.encoded("SQL_ASCII");
                Worker worker = Worker.of(database, KEPT)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
            worker.caughtUp(database);

            database.run(
                    "INSERT INTO t VALUES (1, 'caf\u00e9')",
                    "INSERT INTO t VALUES (2, " + NOT_UTF_8 + ")",
                    "INSERT INTO t VALUES (3, 'after')");
            worker.until(c -> c.isData() && c.data().containsValue("after"));
            worker.caughtUp(database);

            assertThat(worker.of("t"))
                    .extracting(c -> c.data().get("v"))
                    .containsExactly("caf\u00e9", "after");
            assertRejected(rejected(worker), "insert", "public.t.2");
            assertThat(Worker.problem(database)).isEmpty();
        }
    }

    @Test
    void aRowThatIsReadWithBytesThatAreNoTextIsRejectedAndTheOthersAreRead() throws Exception {
        try (SourceDatabase database = SourceDatabase.encoded("SQL_ASCII")) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    "INSERT INTO t VALUES (1, 'a'), (2, " + NOT_UTF_8 + "), (3, 'caf\u00e9')");
            try (Worker worker = Worker.of(database, KEPT)) {
                worker.caughtUp(database);

                assertThat(worker.of("t"))
                        .extracting(c -> c.data().get("v"))
                        .containsExactlyInAnyOrder("a", "caf\u00e9");
                assertRejected(rejected(worker), "load", "public.t.2");
            }
        }
    }

    @Test
    void aKeyWithBytesThatAreNoTextIsRejectedWithThem() throws Exception {
        try (SourceDatabase database = SourceDatabase.encoded("SQL_ASCII");
                Worker worker = Worker.of(database, KEPT)) {
            database.run("CREATE TABLE k (v text PRIMARY KEY)");
            worker.caughtUp(database);

            database.run("INSERT INTO k VALUES (" + NOT_UTF_8 + ")");
            Change rejected = worker.until(c -> c.topic().equals("rejected"));

            assertThat(Base64.getDecoder().decode(rejected.body().get("record_key").toString()))
                    .isEqualTo("public.k.caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"LATIN1", "WIN1252", "EUC_JP"})
    void aContextMessageIsReadInTheDatabasesEncoding(String encoding) throws Exception {
        String name = encoding.equals("EUC_JP") ? "\u5c71\u7530" : "Jos\u00e9";
        try (SourceDatabase database = SourceDatabase.encoded(encoding);
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);

            database.run(
                    "SELECT pg_logical_emit_message(true, 'daybook', '{\"actor\":\""
                            + name
                            + "\"}')");
            Change context = worker.until(c -> c.table().equals("transaction_context"));

            assertThat(context.data()).containsEntry("actor", name);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"'{\"actor\":\"a\\ud800b\"}'", "'\\x7b226163746f72223a22e9227d'::bytea"})
    void aContextMessageThatIsNoTextIsRejectedWithItsBytes(String content) throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database, KEPT)) {
            worker.caughtUp(database);

            database.run("SELECT pg_logical_emit_message(true, 'daybook', " + content + ")");
            Change rejected = worker.until(c -> c.topic().equals("rejected"));

            assertThat(rejected.body()).containsEntry("code", "bad-context");
            assertThat(Base64.getDecoder().decode(rejected.body().get("record_value").toString()))
                    .startsWith("{\"actor\":\"".getBytes(StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aDroppedTableIsNamedInTheDatabasesEncoding() throws Exception {
        try (SourceDatabase database = SourceDatabase.encoded("LATIN1");
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE \"tabl\u00e9\" (id int PRIMARY KEY)");
            worker.caughtUp(database);

            database.run("DROP TABLE \"tabl\u00e9\"");
            worker.until(c -> c.tableChange().equals("drop-table public.tabl\u00e9"));

            // As a source says it that an earlier version prepared.
            database.run(
                    "SELECT pg_logical_emit_message(true, 'daybook.drop-table',"
                            + " 'public.\"tabl\u00e9\"')");
            assertThat(worker.until(c -> c.operation().equals("drop-table")).table())
                    .isEqualTo("tabl\u00e9");
        }
    }

    private static Change rejected(Worker worker) {
        return worker.until(c -> c.topic().equals("rejected"));
    }

    private static void assertRejected(Change rejected, String operation, String key) {
        assertThat(rejected.body()).containsEntry("code", "not-utf-8");
        assertThat(rejected.body().get("reason").toString())
                .contains("The " + operation, "public.t", "SQL_ASCII");
        assertThat(Base64.getDecoder().decode(rejected.body().get("record_key").toString()))
                .isEqualTo(key.getBytes(StandardCharsets.US_ASCII));
        assertThat(
                        new String(
                                Base64.getDecoder()
                                        .decode(rejected.body().get("record_value").toString()),
                                StandardCharsets.ISO_8859_1))
                .contains("\"v\":\"caf\u00e9\"");
    }
}
