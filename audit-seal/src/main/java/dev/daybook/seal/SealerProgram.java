package dev.daybook.seal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.daybook.contract.Topic;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.Policy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * The sealer as a program of its own, with the settings of {@link SealerEnvironment}: it seals
 * until it is stopped, and answers on the container's loopback how it is.
 */
public final class SealerProgram implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SealerProgram.class);

    /** From when on what was begun to be written counts as left by a sealer that was killed. */
    private static final Duration UNFINISHED = Duration.ofHours(1);

    private final Sealer sealer;
    private final HttpServer health;

    private SealerProgram(Sealer sealer, HttpServer health) {
        this.sealer = sealer;
        this.health = health;
    }

    /** Ends with 2 for a wrong setting, and with 1 when it cannot start. */
    public static void main(String[] arguments) throws InterruptedException {
        SealerProgram program;
        try {
            program = start(System.getenv(), Clock.systemUTC());
        } catch (IllegalArgumentException e) {
            System.err.println("daybook-sealer: " + e.getMessage());
            System.exit(2);
            return;
        } catch (IOException | RuntimeException e) {
            System.err.println("daybook-sealer: " + e.getMessage());
            System.exit(1);
            return;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    program.close();
                                    stopped.countDown();
                                },
                                "daybook-stop"));
        stopped.await();
    }

    /** Starts it with these settings. */
    public static SealerProgram start(Map<String, String> variables, Clock clock)
            throws IOException {
        SealerEnvironment environment = new SealerEnvironment(variables);
        Path directory = environment.directory();
        NoteSigner signer =
                environment.key().isPresent()
                        ? NoteSigner.parse(environment.key().get())
                        : SealerKey.of(directory.resolve("sealer.key"), environment.name());
        Files.createDirectories(directory);
        Path policy = directory.resolve("policy");
        if (!Files.exists(policy)) {
            Path fresh = policy.resolveSibling("policy.new");
            Files.writeString(fresh, Policy.of(signer.key()), StandardCharsets.UTF_8);
            Files.move(fresh, policy, StandardCopyOption.ATOMIC_MOVE);
        }
        DirectoryStore store = new DirectoryStore(directory.resolve("log"));
        store.removeUnfinished(UNFINISHED);
        SealerSettings settings =
                new SealerSettings(
                        store,
                        signer,
                        environment.databaseUrl(),
                        environment.database(),
                        environment.kafka(),
                        Topic.SEGMENTS.defaultName(),
                        Anchors.of(variables, directory.resolve("checkpoints"), clock),
                        environment.verifyEvery());
        SegmentsTopic.ensure(settings.kafka(), settings.topic(), environment.replication());
        HttpServer health =
                HttpServer.create(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), environment.healthPort()),
                        0);
        Sealer sealer = Sealer.start(settings, clock);
        health.createContext("/health", exchange -> answer(exchange, sealer.state()));
        health.start();
        LOG.info("Sealing as {}; {} trusts it", signer.key().name(), policy);
        return new SealerProgram(sealer, health);
    }

    /** Returns the port on which it says how it is. */
    public int healthPort() {
        return health.getAddress().getPort();
    }

    /** Returns how the sealer is, and how far the log goes. */
    public SealerState state() {
        return sealer.state();
    }

    private static void answer(HttpExchange exchange, SealerState state) throws IOException {
        String failure = state.failure();
        boolean works = failure == null && state.leaves() > 0;
        byte[] body =
                ((failure == null ? state.leaves() + " leaves" : failure) + "\n")
                        .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(works ? 200 : 503, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        sealer.close();
        health.stop(0);
    }
}
