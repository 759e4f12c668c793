package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.local.FreePorts;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.PostgresServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Holds a start to what a killed run has left behind. */
class LeftoverTest {

    @TempDir Path directory;

    @Test
    void theServerOfAKilledRunIsStoppedAndARefusedStartLeavesTheWayToWhatRuns() throws IOException {
        DataDirectory data = new DataDirectory(directory.resolve("data"));
        Files.createDirectories(data.root());
        Files.writeString(data.connection(), "{\"pid\": 1}");
        List<String> said = new ArrayList<>();
        try (PostgresServer left =
                        PostgresServer.start(
                                Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                                data.audit(),
                                directory.resolve("audit.log"),
                                FreePorts.one(),
                                "secret",
                                Map.of());
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            LocalSettings settings = new LocalSettings(data, port, null, "*.*", false, true);

            assertThatThrownBy(() -> LocalPipeline.start(settings, said::add))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("Port " + port);

            assertThat(said).singleElement().asString().contains("earlier run", "audit");
            assertThat(ProcessHandle.of(left.pid()).filter(ProcessHandle::isAlive)).isEmpty();
            assertThat(data.connection()).exists();
        }
    }
}
