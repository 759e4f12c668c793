package dev.daybook.local;

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

    Path directory() {
        return directory.toAbsolutePath().normalize();
    }

    ConnectionInfo connection() {
        return ConnectionInfo.read(directory().resolve("connection.json"));
    }
}
