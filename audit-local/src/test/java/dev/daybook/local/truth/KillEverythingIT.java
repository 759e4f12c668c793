package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.cli.Daybook;
import dev.daybook.local.pipeline.ConnectionInfo;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** {@code kill -9} of everything under load, at any moment of its life, loses nothing. */
class KillEverythingIT {

    private static final int ROUNDS = Integer.getInteger("daybook.rounds", 3);

    private enum Moment {
        STARTING,
        WORKING,
        STOPPING
    }

    @TempDir Path directory;

    static LongStream seeds() {
        return Seeds.all(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothingIsLost(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> story = new ArrayList<>();
        try (SourceServer source = SourceServer.start(directory)) {
            try (Connection connection = source.connect()) {
                Workload.prepare(connection);
            }
            Workload workload = new Workload(source, seed).pausing(10_000).start(3, 40);
            workload.awaitCommitted(20);
            for (int round = 0; round < ROUNDS; round++) {
                // While it starts, so that the next start finds what is half done, works, and
                // stops.
                Moment moment = Moment.values()[round % Moment.values().length];
                Process daybook = up(source);
                try {
                    if (moment == Moment.STARTING) {
                        daybook.waitFor(random.nextInt(9_000), TimeUnit.MILLISECONDS);
                    } else {
                        ConnectionInfo connection = awaitReady(daybook);
                        workload.sayWho();
                        workload.awaitCommitted(workload.committed() + 10 + random.nextInt(40));
                        // What the kill before left is no finding, while changes come.
                        Sealed.requireIntact(
                                data(),
                                connection.auditUrl(),
                                () -> workload + "; " + story + "; " + log());
                    }
                    if (moment == Moment.STOPPING) {
                        Process stop = daybook("stop");
                        stop.waitFor(random.nextInt(3_000), TimeUnit.MILLISECONDS);
                        stop.destroyForcibly().waitFor();
                    }
                } finally {
                    boolean database = random.nextBoolean();
                    story.add(
                            "killed while "
                                    + moment
                                    + ", after "
                                    + workload.committed()
                                    + (database ? ", PostgreSQL too" : ""));
                    kill(daybook, database);
                }
                System.out.printf("round %d of %d: %s%n", round + 1, ROUNDS, story.getLast());
            }
            Process daybook = up(source);
            try {
                ConnectionInfo connection = awaitReady(daybook);
                workload.sayWho();
                workload.awaitCommitted(workload.committed() + 10);
                try (Audited audited = new Audited(source, connection::auditUrl)) {
                    workload.finish();
                    audited.compare(seed, () -> workload + "; " + story + "; " + log());
                }
                Sealed.requireIntact(
                        data(),
                        connection.auditUrl(),
                        () -> workload + "; " + story + "; " + log());
                List<ProcessHandle> all = daybook.descendants().toList();
                assertThat(daybook("stop").waitFor()).as(this::log).isZero();
                assertThat(daybook.isAlive()).as("it stops when asked to").isFalse();
                assertThat(all).isNotEmpty().noneMatch(ProcessHandle::isAlive);
                assertNothingIsLeftOver();
            } finally {
                kill(daybook, true);
            }
        }
    }

    /**
     * Looks for a process that has the data directory, and a file that only a running one needs.
     */
    private void assertNothingIsLeftOver() throws IOException {
        assertThat(
                        ProcessHandle.allProcesses()
                                .filter(
                                        process ->
                                                process.info()
                                                        .commandLine()
                                                        .orElse("")
                                                        .contains(data().toString())))
                .as("processes on the data directory")
                .isEmpty();
        try (Stream<Path> files = Files.list(data())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("audit", "kafka")
                    .doesNotContain("connection.json", "pg_service.conf", "state.json")
                    .noneMatch(name -> name.matches(".*\\.(tmp|new|password|initialising)"));
        }
        try (Stream<Path> files = Files.walk(data().resolve("evidence"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".new"));
        }
        assertThat(data().resolve("audit/postmaster.pid")).doesNotExist();
    }

    private Process up(SourceServer source) throws IOException {
        Files.deleteIfExists(connectionFile());
        return daybook("up", "--port", "0", "--source", source.url(), "--tables", "app.*");
    }

    private Process daybook(String command, String... more) throws IOException {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx768m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dorg.springframework.boot.logging.LoggingSystem=none",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                Daybook.class.getName(),
                                command,
                                "--data-dir",
                                data().toString()));
        line.addAll(List.of(more));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(directory.resolve("up.log").toFile()))
                .start();
    }

    private ConnectionInfo awaitReady(Process daybook) throws InterruptedException {
        long deadline =
                System.nanoTime()
                        + TimeUnit.SECONDS.toNanos(Integer.getInteger("daybook.arrival", 90));
        while (!Files.exists(connectionFile())) {
            assertThat(daybook.isAlive()).as(this::log).isTrue();
            assertThat(System.nanoTime())
                    .as(() -> "not ready in time: " + log())
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return ConnectionInfo.read(connectionFile());
    }

    /** Kills the process, and its PostgreSQL with it or leaves that to the next start. */
    private static void kill(Process daybook, boolean database) throws InterruptedException {
        List<ProcessHandle> children = daybook.descendants().toList();
        daybook.destroyForcibly().waitFor();
        if (database) {
            children.forEach(ProcessHandle::destroyForcibly);
            children.forEach(child -> child.onExit().orTimeout(30, TimeUnit.SECONDS).join());
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Path connectionFile() {
        return data().resolve("connection.json");
    }

    /** The end of what it said. */
    private String log() {
        File log = directory.resolve("up.log").toFile();
        try {
            List<String> lines = Files.readAllLines(log.toPath());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
