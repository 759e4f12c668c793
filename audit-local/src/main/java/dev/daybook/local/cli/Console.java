package dev.daybook.local.cli;

import dev.daybook.local.Progress;
import dev.daybook.local.Screen;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.SourceDatabase;
import dev.daybook.local.postgres.DatabaseUrl;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Shows on the terminal how far {@code daybook up} is, and how to reach what it started. */
final class Console implements Progress {

    private final PrintStream out = System.out;
    private final long began = System.nanoTime();

    @Override
    public synchronized void say(String line) {
        Duration since = Duration.ofNanos(System.nanoTime() - began);
        out.printf(Locale.ROOT, "%6.1fs  %s%n", since.toMillis() / 1000.0, Screen.line(line));
        out.flush();
    }

    synchronized void ready(ConnectionInfo connection, LocalSettings settings, boolean keyIsNew) {
        say("Ready");
        Path file = settings.directory().connection();
        out.println();
        row("Viewer", connection.viewer() + "  (sign in with the API key)");
        row("Swagger UI", connection.swagger());
        row("API", connection.api());
        row("API key", keyIsNew ? connection.apiKey() : "as before, in " + file);
        row("Source", withoutPassword(connection.sourceUrl()));
        row("Audit log", withoutPassword(connection.auditUrl()));
        row("Kafka", connection.kafka() + "  (SASL PLAIN, user " + connection.kafkaUser() + ")");
        row("Metrics", connection.ingest());
        row("All of it", file + "  (with the passwords)");
        out.println();
        out.println("Try a change of your own:");
        String psql =
                "  PGSERVICEFILE="
                        + Screen.word(settings.directory().services().toString())
                        + " psql service=source";
        if (settings.source() == null && settings.demo()) {
            out.println(
                    psql
                            + " -c \"begin; select daybook.set_context('me', 'curious'); update"
                            + " products set price = price + 1 where sku = 'TEA-01'; commit\"");
            out.println("  ./daybook history public.products TEA-01" + dataDirectory(settings));
        } else {
            out.println(psql);
            out.println("  ./daybook history SCHEMA.TABLE KEY" + dataDirectory(settings));
        }
        out.println();
        out.println("Ctrl-C stops it; the data stays.");
        out.flush();
    }

    /** Says what a pipeline that stops leaves in a source of the user's. */
    synchronized void stays(DatabaseUrl source, String slot) {
        say("The replication slot " + slot + " stays in " + source + " and keeps its WAL.");
        say("./daybook up with the same --source goes on there. To take all of it away:");
        say(SourceDatabase.removal(source, slot));
    }

    private void row(String name, String value) {
        out.printf("  %-11s %s%n", name, Screen.line(value));
    }

    private static String dataDirectory(LocalSettings settings) {
        return settings.directory().root().endsWith(".daybook")
                ? ""
                : " --data-dir " + Screen.word(settings.directory().toString());
    }

    private static String withoutPassword(String url) {
        return url.replaceFirst("://([^:/@]*):[^@]*@", "://$1@");
    }
}
