package dev.daybook.local.cli;

import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** The option that all commands on a running pipeline share. */
final class DataDirectoryOption {

    @Option(
            names = "--data-dir",
            paramLabel = "D",
            defaultValue = ".daybook",
            description = "Where all state lives (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of(".daybook");

    DataDirectory directory() {
        return new DataDirectory(directory);
    }

    /** Returns where the pipeline is reached, whether its process still lives or not. */
    ConnectionInfo connection() {
        return ConnectionInfo.read(directory().connection());
    }

    /**
     * Returns where the running pipeline is reached.
     *
     * @throws UserError if its process is gone
     */
    ConnectionInfo runningConnection() {
        ConnectionInfo connection = connection();
        if (ProcessHandle.of(connection.pid()).filter(ProcessHandle::isAlive).isEmpty()) {
            throw new UserError(
                    "Nothing is running on "
                            + directory()
                            + ": its process "
                            + connection.pid()
                            + " has ended without stopping its PostgreSQL servers.",
                    "Start it with ./daybook up, or end the servers with ./daybook stop; nothing is"
                            + " lost.");
        }
        return connection;
    }
}
