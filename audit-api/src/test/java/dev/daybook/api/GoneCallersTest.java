package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Requests whose statements wait for a lock, and callers who do not wait for the answer. */
class GoneCallersTest {

    private static AuditDatabase database;
    private static ApiFixture api;

    @BeforeAll
    static void start() {
        database = DemoLog.create();
        api = ApiFixture.start(database);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void theStatementOfACallerWhoHasGoneAwayIsCancelled() throws Exception {
        for (String path :
                new String[] {
                    "/api/v1/entries?field=price", "/api/v1/entities/public.products/TEA-01/history"
                }) {
            try (Connection blocker = locked()) {
                // Given
                Socket caller = asked(path);
                await().untilAsserted(() -> assertThat(waiting()).isEqualTo(1));

                // When
                caller.close();

                // Then
                await().atMost(Duration.ofSeconds(5))
                        .untilAsserted(() -> assertThat(waiting()).isZero());
            }
        }
        assertThat(api.json("/api/v1/entries").at("/data").isEmpty()).isFalse();
    }

    @Test
    void aRequestThatIsSentAheadIsNoReasonToGiveUpTheFirst() throws Exception {
        Socket caller;
        try (Connection blocker = locked()) {
            // Given
            caller = asked("/api/v1/entries?field=price");
            await().untilAsserted(() -> assertThat(waiting()).isEqualTo(1));

            // When
            ask(caller, "/api/v1/entries?operation=insert", "Connection: close\r\n");
            Thread.sleep(1_500);

            // Then
            assertThat(waiting()).isEqualTo(1);
        }
        try (caller) {
            String answers =
                    new String(caller.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(3);
        }
    }

    /** Returns a connection that keeps everybody from reading entries until it is closed. */
    private static Connection locked() throws SQLException {
        Connection connection = database.owner().getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("lock table audit.entry in access exclusive mode");
        }
        return connection;
    }

    private static Socket asked(String path) throws IOException {
        Socket socket = new Socket("127.0.0.1", api.port());
        ask(socket, path, "");
        return socket;
    }

    private static void ask(Socket socket, String path, String headers) throws IOException {
        socket.getOutputStream()
                .write(
                        ("GET %s HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %s\r\n%s\r\n")
                                .formatted(path, ApiFixture.KEY, headers)
                                .getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static int waiting() throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select count(*) from pg_stat_activity where usename ="
                                        + " 'daybook_reader' and datname = current_database()"
                                        + " and wait_event_type = 'Lock'")) {
            row.next();
            return row.getInt(1);
        }
    }
}
