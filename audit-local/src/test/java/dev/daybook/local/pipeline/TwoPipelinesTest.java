package dev.daybook.local.pipeline;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.local.UserError;
import dev.daybook.local.doctor.TestServer;
import dev.daybook.local.postgres.DatabaseUrl;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;

/** Two pipelines that capture two databases of one server. */
class TwoPipelinesTest {

    @TempDir Path directory;

    @Test
    void theSecondDoesNotTakeThePasswordOfTheFirstAway() throws Exception {
        try (TestServer server = TestServer.start(directory, Map.of("wal_level", "logical"))) {
            String first = server.create("");
            String second = server.create("");
            server.prepare(first, "public.*");
            DatabaseUrl owner = DatabaseUrl.parse(server.url(second, "postgres"), Map.of());
            DatabaseUrl capture = owner.as("daybook_capture", "another password");
            try (Connection connection = server.connect(second, "postgres")) {
                // A password whose pipeline is gone may be replaced.
                assertThatCode(() -> SourceDatabase.requireOwnPassword(connection, capture))
                        .doesNotThrowAnyException();

                server.run(
                        first,
                        "SELECT pg_create_logical_replication_slot('daybook_first', 'pgoutput')");
                assertThatThrownBy(() -> SourceDatabase.requireOwnPassword(connection, capture))
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining(first)
                        .hasMessageContaining("lock it out");
                assertThatCode(
                                () ->
                                        SourceDatabase.requireOwnPassword(
                                                connection,
                                                owner.as("daybook_capture", TestServer.PASSWORD)))
                        .doesNotThrowAnyException();
            }
        }
    }
}
