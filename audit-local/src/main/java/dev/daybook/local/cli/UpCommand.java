package dev.daybook.local.cli;

import dev.daybook.local.Logs;
import dev.daybook.local.pipeline.CaptureStatus;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;
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
        sortOptions = false)
final class UpCommand implements Callable<Integer> {

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

    @Option(names = "--no-demo", description = "No shop and no traffic in Daybook's own database.")
    private boolean noDemo;

    @Override
    public Integer call() throws InterruptedException {
        LocalSettings settings =
                new LocalSettings(
                        data.directory(),
                        port,
                        source == null ? null : DatabaseUrl.parse(source, System.getenv()),
                        tables,
                        !noDemo);
        Logs.writeTo(settings.directory().logs());
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
        try (LocalPipeline pipeline = LocalPipeline.start(settings, console)) {
            starting.set(false);
            console.ready(pipeline.connection(), settings);
            List<String> known = List.of();
            CaptureStatus capture = pipeline.capture();
            while (!ended.await(500, TimeUnit.MILLISECONDS)) {
                capture.news().ifPresent(console::say);
                List<String> failures = pipeline.failures();
                if (!failures.equals(known)) {
                    known = failures;
                    failures.forEach(console::say);
                }
            }
            console.say("Stopping");
        } finally {
            stopped.countDown();
        }
        return 0;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
