package dev.daybook.local.cli;

import dev.daybook.local.Progress;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.LocalSettings;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** What {@code daybook up} shows on the terminal. */
final class Console implements Progress {

    private final PrintStream out = System.out;
    private final long began = System.nanoTime();

    @Override
    public synchronized void say(String line) {
        Duration since = Duration.ofNanos(System.nanoTime() - began);
        out.printf(Locale.ROOT, "%6.1fs  %s%n", since.toMillis() / 1000.0, line);
    }

    synchronized void ready(ConnectionInfo connection, LocalSettings settings) {
        say("Ready");
        out.println();
        row("Swagger UI", connection.swagger());
        row("API", connection.api());
        row("API key", connection.apiKey());
        row("Source", withoutPassword(connection.sourceUrl()));
        row("Audit log", withoutPassword(connection.auditUrl()));
        row("Kafka", connection.kafka() + "  (SASL PLAIN, user " + connection.kafkaUser() + ")");
        row("Metrics", connection.ingest());
        row("All of it", settings.directory().connection() + "  (with the passwords)");
        out.println();
        out.println("Try a change of your own:");
        String file = settings.directory().connection().toString();
        if (settings.source() == null && settings.demo()) {
            out.println(
                    "  psql \"$(jq -r .source_url "
                            + file
                            + ")\" -c \"begin; select daybook.set_context('me', 'curious'); update"
                            + " products set price = price + 1 where sku = 'TEA-01'; commit\"");
            out.println("  ./daybook history public.products TEA-01" + dataDirectory(settings));
        } else {
            out.println("  psql \"$(jq -r .source_url " + file + ")\"");
            out.println("  ./daybook history SCHEMA.TABLE KEY" + dataDirectory(settings));
        }
        out.println();
        out.println("Ctrl-C stops it; the data stays.");
        out.flush();
    }

    private void row(String name, String value) {
        out.printf("  %-11s %s%n", name, value);
    }

    private static String dataDirectory(LocalSettings settings) {
        return settings.directory().root().endsWith(".daybook")
                ? ""
                : " --data-dir " + settings.directory();
    }

    private static String withoutPassword(String url) {
        return url.replaceFirst("://([^:/@]*):[^@]*@", "://$1@");
    }
}
