package dev.daybook.local.postgres;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One PostgreSQL server as a child process: fsync on, passwords required, loopback only.
 *
 * <p>A server that a killed predecessor left running on the same directory is stopped first.
 */
public final class PostgresServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PostgresServer.class);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private final Path binaries;
    private final Path directory;
    private final Path logFile;
    private final int port;
    private final String superuserPassword;
    private final Map<String, String> settings;
    private volatile @Nullable Process process;

    private PostgresServer(
            Path binaries,
            Path directory,
            Path logFile,
            int port,
            String superuserPassword,
            Map<String, String> settings) {
        this.binaries = binaries;
        this.directory = directory;
        this.logFile = logFile;
        this.port = port;
        this.superuserPassword = superuserPassword;
        this.settings = settings;
    }

    /**
     * Starts a server on a directory, which is initialised if it is empty.
     *
     * @param cache where PostgreSQL's programs are unpacked
     * @param settings server settings beside the ones that are always made
     */
    public static PostgresServer start(
            Path cache,
            Path directory,
            Path logFile,
            int port,
            String superuserPassword,
            Map<String, String> settings)
            throws IOException {
        Path binaries = PostgresBinaries.unpack(cache).resolve("bin");
        PostgresServer server =
                new PostgresServer(binaries, directory, logFile, port, superuserPassword, settings);
        if (!Files.exists(directory.resolve("PG_VERSION"))) {
            server.initialise();
        }
        server.start();
        return server;
    }

    public int port() {
        return port;
    }

    /** Returns the server's process id, for those who want to kill it. */
    public long pid() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("The PostgreSQL server is not running.");
        }
        return running.pid();
    }

    /** Returns a JDBC URL without credentials. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Returns a connection as superuser. */
    public Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", superuserPassword);
        return DriverManager.getConnection(jdbcUrl(database), properties);
    }

    private void initialise() throws IOException {
        // initdb makes the cluster all or nothing: a half-made one from a kill is begun afresh.
        removeHalfMade(directory);
        FileSystemUtils.deleteRecursively(directory);
        Path fresh = halfMade(directory);
        Path passwordFile = passwordFile(directory);
        Files.createFile(
                passwordFile,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Process initdb = null;
        try {
            Files.writeString(passwordFile, superuserPassword + "\n", StandardCharsets.UTF_8);
            List<String> command = command("initdb");
            command.addAll(
                    List.of(
                            "-D",
                            fresh.toString(),
                            "-U",
                            "postgres",
                            "-E",
                            "UTF8",
                            "--locale=C",
                            "--locale-provider=builtin",
                            "--builtin-locale=C.UTF-8",
                            "--auth=scram-sha-256",
                            "--data-checksums",
                            "--no-sync",
                            "--pwfile=" + passwordFile));
            initdb =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                            .start();
            if (initdb.waitFor() != 0) {
                throw new IOException("initdb failed; see " + logFile);
            }
            Files.move(fresh, directory);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while initialising PostgreSQL", e);
        } finally {
            if (initdb != null) {
                end(initdb.toHandle());
            }
            Files.deleteIfExists(passwordFile);
        }
    }

    /** Where a cluster is made before it takes its place. */
    private static Path halfMade(Path directory) {
        return directory.resolveSibling(directory.getFileName() + ".initialising");
    }

    /** What initdb is told the superuser's password by. */
    private static Path passwordFile(Path directory) {
        return directory.resolveSibling(directory.getFileName() + ".password");
    }

    /**
     * Removes what a process that was killed while it made a cluster has left: the files, the
     * password among them, and initdb, which goes on by itself.
     */
    private static void removeHalfMade(Path directory) throws IOException {
        Path fresh = halfMade(directory);
        if (Files.exists(fresh)) {
            ProcessHandle.allProcesses()
                    .filter(process -> hasArgument(process, fresh))
                    .forEach(PostgresServer::end);
            FileSystemUtils.deleteRecursively(fresh);
        }
        Files.deleteIfExists(passwordFile(directory));
    }

    /** Kills a process and those that it has started, and waits for their ends. */
    private static void end(ProcessHandle process) {
        List<ProcessHandle> all =
                Stream.concat(Stream.of(process), process.descendants())
                        .filter(ProcessHandle::isAlive)
                        .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(PostgresServer::await);
    }

    /** Starts the server again after {@link #kill} or {@link #close}. */
    public void start() throws IOException {
        stopLeftover();
        List<String> command = command("postgres");
        command.addAll(
                List.of(
                        "-D", directory.toString(),
                        "-p", Integer.toString(port),
                        "-c", "listen_addresses=127.0.0.1",
                        "-c", "unix_socket_directories=",
                        "-c", "password_encryption=scram-sha-256"));
        settings.forEach(
                (name, value) -> {
                    command.add("-c");
                    command.add(name + "=" + value);
                });
        Process started =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                        .start();
        process = started;
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try (Connection connection = connect("postgres")) {
                if (connection.isValid(5)) {
                    return;
                }
            } catch (SQLException e) {
                if (!started.isAlive()) {
                    throw new IOException("PostgreSQL did not start; see " + logFile, e);
                }
                if (System.nanoTime() > deadline) {
                    close();
                    throw new IOException(
                            "PostgreSQL did not answer within "
                                    + START_TIMEOUT.toSeconds()
                                    + " s; see "
                                    + logFile,
                            e);
                }
            }
            pause(50);
        }
    }

    /** Kills the server as a power cut would, with all its processes. */
    public void kill() {
        Process running = process;
        if (running != null) {
            List<ProcessHandle> children = running.descendants().toList();
            running.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            await(running.toHandle());
            children.forEach(PostgresServer::await);
            process = null;
        }
    }

    /** Stops the server: open connections are ended, everything committed is on disk. */
    @Override
    public void close() {
        Process running = process;
        if (running != null) {
            interrupt(running.toHandle());
            process = null;
        }
    }

    /**
     * Stops the server that runs on a data directory, whoever started it, and removes a cluster
     * that was being made there; false if there is no such server.
     */
    public static boolean stopOn(Path directory) throws IOException {
        removeHalfMade(directory);
        Optional<ProcessHandle> leftover = runningOn(directory);
        leftover.ifPresent(PostgresServer::interrupt);
        return leftover.isPresent();
    }

    private void stopLeftover() throws IOException {
        if (stopOn(directory)) {
            log.info("Stopped the PostgreSQL server that an earlier run had left on {}", directory);
        }
    }

    private static Optional<ProcessHandle> runningOn(Path directory) throws IOException {
        Path pidFile = directory.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d+")) {
            return Optional.empty();
        }
        // A process id is reused in time: only a postgres on this directory is meant.
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .filter(ProcessHandle::isAlive)
                .filter(handle -> hasArgument(handle, directory));
    }

    private static boolean hasArgument(ProcessHandle process, Path path) {
        String[] arguments = process.info().arguments().orElse(new String[0]);
        return List.of(arguments).contains(path.toString());
    }

    /** Asks for a fast shutdown (SIGINT, which Java cannot send by itself). */
    private static void interrupt(ProcessHandle handle) {
        try {
            new ProcessBuilder("kill", "-INT", Long.toString(handle.pid())).start().waitFor();
            handle.onExit().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.TimeoutException e) {
            log.warn(
                    "PostgreSQL did not stop within {} s and is killed; it recovers at its next"
                            + " start",
                    STOP_TIMEOUT.toSeconds());
            handle.destroyForcibly();
            await(handle);
        } catch (IOException | java.util.concurrent.ExecutionException e) {
            log.warn("PostgreSQL could not be stopped", e);
        }
    }

    private static void await(ProcessHandle handle) {
        try {
            handle.onExit().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            log.warn("Process {} did not end", handle.pid(), e);
        }
    }

    private List<String> command(String program) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            // PostgreSQL refuses to run as root; in a user namespace of its own it is not.
            command.addAll(List.of("unshare", "--user"));
        }
        command.add(binaries.resolve(program).toString());
        return command;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for PostgreSQL", e);
        }
    }
}
