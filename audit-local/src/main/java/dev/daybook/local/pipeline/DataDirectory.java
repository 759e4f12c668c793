package dev.daybook.local.pipeline;

import java.nio.file.Path;
import java.util.List;

/**
 * Names the files and directories of a pipeline on one machine.
 *
 * @param root the directory that {@code --data-dir} names, absolute
 */
public record DataDirectory(Path root) {

    public DataDirectory {
        root = root.toAbsolutePath().normalize();
    }

    /** Returns the file that says how to reach a running pipeline. */
    public Path connection() {
        return root.resolve("connection.json");
    }

    /** Returns the file with which psql finds source and audit database. */
    public Path services() {
        return root.resolve("pg_service.conf");
    }

    /** Returns the file of passwords and the API key. */
    public Path secrets() {
        return root.resolve("secrets.properties");
    }

    /** Returns the directory of the log files. */
    public Path logs() {
        return root.resolve("logs");
    }

    /** Returns the directory of the audit database's server. */
    public Path audit() {
        return root.resolve("audit");
    }

    /** Returns the directory of the source database's server. */
    public Path source() {
        return root.resolve("source");
    }

    /** Returns the directories of both PostgreSQL servers, in the order in which they stop. */
    public List<Path> servers() {
        return List.of(source(), audit());
    }

    /** Returns the directory of the log that seals the audit log. */
    public Path evidence() {
        return root.resolve("evidence");
    }

    Path kafka() {
        return root.resolve("kafka");
    }

    Path streams() {
        return root.resolve("streams");
    }

    Path connectOffsets() {
        return root.resolve("connect-offsets");
    }

    Path lock() {
        return root.resolve("lock");
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
