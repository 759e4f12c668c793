package dev.daybook.local.cli;

import dev.daybook.local.Logs;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.pipeline.SourceDatabase;
import dev.daybook.local.pipeline.Supervisor;
import dev.daybook.local.pipeline.TableList;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.local.postgres.PostgresServer;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

@Command(
        name = "up",
        description = {
            "Starts the whole pipeline and keeps it running until Ctrl-C.",
            "",
            "Without --source, a database of Daybook's own is audited, with a small shop in it."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class UpCommand implements Callable<Integer> {

    private static final Duration LONGEST_STOP = Duration.ofSeconds(90);

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "" + LocalSettings.DEFAULT_PORT,
            description =
                    "The API's port; the five that follow are the audit database's, Kafka's (two), the"
                            + " ingest's and the source's. 0 takes free ones (default:"
                            + " ${DEFAULT-VALUE}).")
    private int port = LocalSettings.DEFAULT_PORT;

    @Option(
            names = "--source",
            paramLabel = "URL",
            description =
                    "Audit this database: postgresql://USER@HOST:PORT/DATABASE. The password is"
                            + " best left to PGPASSWORD.")
    private @Nullable String source;

    @Option(
            names = "--tables",
            paramLabel = "PATTERN",
            defaultValue = LocalSettings.DEFAULT_TABLES,
            description =
                    "Which tables: globs of schema.table with commas between, ! to leave out, such"
                            + " as 'public.*,!public.session_*' (default: ${DEFAULT-VALUE}).")
    private String tables = LocalSettings.DEFAULT_TABLES;

    @Option(
            names = "--allow-no-tables",
            description = "Start although no table of --source matches --tables yet.")
    private boolean allowNoTables;

    @Option(names = "--no-demo", description = "No shop and no traffic in Daybook's own database.")
    private boolean noDemo;

    @Option(
            names = "--no-seal",
            description =
                    "Do not seal the log: ./daybook verify finds nothing then. Refused where it was sealed before.")
    private boolean noSeal;

    @Override
    public Integer call() throws InterruptedException, SQLException {
        TableList.requireValid("--tables", tables);
        if (noSeal && Sealing.isSealed(data.directory())) {
            throw new UserError(
                    "The log in "
                            + data.directory().root()
                            + " is sealed, and rows that were stored without a seal would count as put in.",
                    "Leave out --no-seal, or give --data-dir another directory.");
        }
        DatabaseUrl url = source == null ? null : DatabaseUrl.parse(source, System.getenv());
        if (url != null) {
            SourceDatabase.requireUsable(url, tables, allowNoTables);
        }
        LocalSettings settings =
                new LocalSettings(data.directory(), port, url, tables, !noDemo, !noSeal);
        Console console = new Console();
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicBoolean starting = new AtomicBoolean(true);
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("stop")
                                .unstarted(
                                        () -> {
                                            ended.countDown();
                                            if (starting.get()) {
                                                // What it waits for may never come.
                                                main.interrupt();
                                            }
                                            awaitQuietly(stopped);
                                        }));
        boolean whole = true;
        try (LocalPipeline pipeline = LocalPipeline.start(settings, console, Logs::writeTo)) {
            starting.set(false);
            console.ready(pipeline.connection(), settings, pipeline.keyIsNew());
            Supervisor supervisor =
                    new Supervisor(pipeline, settings.directory(), console, Clock.systemUTC());
            while (whole && !ended.await(500, TimeUnit.MILLISECONDS)) {
                whole = supervisor.look();
            }
            console.say("Stopping");
            if (!whole) {
                endAnyway(settings.directory());
            }
            if (url != null) {
                console.stays(url, pipeline.slot());
            }
        } catch (RuntimeException | InterruptedException | Error e) {
            boolean asked = ended.getCount() == 0;
            if (!asked || !starting.get() && !(e instanceof InterruptedException)) {
                throw e;
            }
            // A part that was starting says that it may not while the process ends.
            console.say("Stopped before it was ready; nothing is left running.");
        } finally {
            stopped.countDown();
        }
        return whole ? 0 : 1;
    }

    /** Ends the process, and PostgreSQL's, should the parts not stop without their broker. */
    private static void endAnyway(DataDirectory directory) {
        Thread.ofPlatform()
                .daemon()
                .name("end-anyway")
                .start(
                        () -> {
                            try {
                                Thread.sleep(LONGEST_STOP);
                                for (Path server : directory.servers()) {
                                    PostgresServer.stopOn(server);
                                }
                            } catch (InterruptedException | IOException e) {
                                // The process ends all the same.
                            }
                            Runtime.getRuntime().halt(1);
                        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
