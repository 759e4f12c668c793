package dev.daybook.local.pipeline;

import dev.daybook.local.kafka.ConnectWorker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** A Connect worker as a process, for tests that kill it. */
public final class SinkWorker {

    static final String CLIENT = "client.";
    static final String CONNECTOR = "connector.";

    private SinkWorker() {}

    /**
     * @param arguments the connector's name, and a file of settings of Kafka's clients and of the
     *     connector
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Properties file = new Properties();
        Path path = Path.of(arguments[1]);
        try (InputStream in = Files.newInputStream(path)) {
            file.load(in);
        }
        ConnectWorker worker =
                ConnectWorker.start(
                        below(CLIENT, file),
                        path.resolveSibling(path.getFileName() + ".offsets"),
                        Map.of("consumer.session.timeout.ms", "6000"));
        Runtime.getRuntime().addShutdownHook(new Thread(worker::close));
        worker.run(arguments[0], below(CONNECTOR, file));
        Thread.currentThread().join();
    }

    private static Map<String, String> below(String prefix, Properties file) {
        Map<String, String> settings = new HashMap<>();
        for (String name : file.stringPropertyNames()) {
            if (name.startsWith(prefix)) {
                settings.put(name.substring(prefix.length()), file.getProperty(name));
            }
        }
        return settings;
    }
}
