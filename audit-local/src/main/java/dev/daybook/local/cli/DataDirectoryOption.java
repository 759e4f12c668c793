package dev.daybook.local.cli;

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

    ConnectionInfo connection() {
        return ConnectionInfo.read(directory().connection());
    }
}
