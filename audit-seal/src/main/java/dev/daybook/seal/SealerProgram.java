package dev.daybook.seal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.daybook.bucket.LogBucket;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * The sealer as a program of its own, with the settings of {@link SealerEnvironment}: it seals
 * until it is stopped, and answers on the container's loopback how it is.
 */
public final class SealerProgram implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SealerProgram.class);

    /** From when on what was begun to be written counts as left by a sealer that was killed. */
    private static final Duration UNFINISHED = Duration.ofHours(1);

    /** The file beside the log, or in its bucket, that trusts its key. */
    private static final String POLICY = "policy";

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
        Place place =
                LogBucket.isNamedBy(environment.log())
                        ? inBucket(environment, variables, clock)
                        : inDirectory(environment, variables, clock);
        SealerSettings settings =
                new SealerSettings(
                        place.store(),
                        place.signer(),
                        environment.databaseUrl(),
                        environment.database(),
                        environment.kafka(),
                        Topic.SEGMENTS.defaultName(),
                        place.anchors(),
                        environment.verifyEvery());
        if (environment.replication() > 0) {
            SegmentsTopic.ensure(settings.kafka(), settings.topic(), environment.replication());
        }
        HttpServer health =
                HttpServer.create(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), environment.healthPort()),
                        0);
        Sealer sealer = Sealer.start(settings, clock);
        health.createContext("/health", exchange -> answer(exchange, sealer.state()));
        health.start();
        LOG.info("Sealing as {}; {} trusts it", place.signer().key().name(), place.policy());
        return new SealerProgram(sealer, health);
    }

    /**
     * Where the log is.
     *
     * @param policy where the policy is that trusts its key
     */
    private record Place(LogStore store, NoteSigner signer, List<Anchor> anchors, String policy) {}

    private static Place inDirectory(
            SealerEnvironment environment, Map<String, String> variables, Clock clock)
            throws IOException {
        Path directory = Path.of(environment.log());
        Optional<NoteSigner> given = environment.key();
        NoteSigner signer =
                given.isPresent()
                        ? given.get()
                        : SealerKey.of(directory.resolve("sealer.key"), environment.name());
        Files.createDirectories(directory);
        Path policy = directory.resolve(POLICY);
        if (!Files.exists(policy)) {
            Path fresh = policy.resolveSibling(POLICY + ".new");
            Files.writeString(fresh, Policy.of(signer.key()), StandardCharsets.UTF_8);
            Files.move(fresh, policy, StandardCopyOption.ATOMIC_MOVE);
        }
        DirectoryStore store = new DirectoryStore(directory.resolve("log"));
        store.removeUnfinished(UNFINISHED);
        return new Place(
                store,
                signer,
                Anchors.of(variables, directory.resolve("checkpoints"), clock),
                policy.toString());
    }

    /** A bucket has no key in it, since those may read it who make packs. */
    private static Place inBucket(
            SealerEnvironment environment, Map<String, String> variables, Clock clock)
            throws IOException {
        NoteSigner signer =
                environment
                        .key()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                SealerEnvironment.SEED
                                                        + " is not set, and the log is in a bucket. Set it, or "
                                                        + SealerEnvironment.KEY
                                                        + "."));
        LogBucket bucket = LogBucket.at(environment.log());
        BucketStore store = new BucketStore(bucket);
        store.replace(
                POLICY, Optional.empty(), Policy.of(signer.key()).getBytes(StandardCharsets.UTF_8));
        List<Anchor> anchors = Anchors.of(variables, clock);
        if (anchors.isEmpty()) {
            LOG.warn(
                    "No anchor is set: whoever has the sealer's key can rewrite the log unnoticed. Name one by {}",
                    Anchors.PLACES);
        }
        return new Place(store, signer, anchors, bucket + POLICY);
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
