package dev.daybook.seal;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.FoundKeys;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/**
 * Appends to the log what sinks have committed, each second in which something came, and each
 * minute that it was there and until when each source is complete. It reads the audit database and
 * cannot write it.
 */
public final class Sealer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Sealer.class);

    static final Duration INTERVAL = Duration.ofSeconds(1);
    static final Duration HEARTBEAT = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private static final int MOST_FETCHED = 8 << 20;
    private static final int MOST_RECORDS = 5_000;

    /** How many segments of what was there before are sealed at once: others wait meanwhile. */
    private static final int MOST_AS_FOUND = 8;

    /** Room for what a leaf says beside its segments. */
    private static final int MOST_BYTES = LogLeaf.LARGEST - 200;

    private final SealerSettings settings;
    private final Clock clock;
    private final Thread thread;
    private final Queue<ScheduledVerification.Result> verified = new ConcurrentLinkedQueue<>();
    private final ScheduledVerification verification;
    private final Anchoring anchoring;
    private final SealerStatistics statistics;
    private volatile SealerState state = SealerState.NEW;
    private volatile boolean closed;

    private Sealer(SealerSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.thread = new Thread(this::run, "daybook-sealer");
        this.verification =
                new ScheduledVerification(
                        settings,
                        clock,
                        result -> {
                            update(now -> now.verified(result.verified()));
                            verified.add(result);
                        });
        this.anchoring = new Anchoring(settings, clock, this::update);
        this.statistics = new SealerStatistics(settings.signer().key().name(), this::state, clock);
    }

    /** Starts a sealer in a thread of its own. */
    public static Sealer start(SealerSettings settings, Clock clock) {
        Sealer sealer = new Sealer(settings, clock);
        sealer.thread.setDaemon(true);
        sealer.thread.start();
        sealer.anchoring.start();
        if (!settings.verifyEvery().isZero()) {
            sealer.verification.start();
        }
        return sealer;
    }

    /** Returns how the sealer is, and how far the log goes. */
    public SealerState state() {
        return state;
    }

    private synchronized void update(UnaryOperator<SealerState> change) {
        state = change.apply(state);
    }

    private void run() {
        Duration pause = Duration.ofMillis(200);
        while (!closed) {
            try (Connection database =
                            DriverManager.getConnection(
                                    settings.databaseUrl(), settings.database());
                    KafkaConsumer<byte[], byte[]> consumer = consumer()) {
                work(database, consumer);
                pause = Duration.ofMillis(200);
            } catch (IOException | SQLException | RuntimeException e) {
                if (!closed) {
                    String failure = String.valueOf(e.getMessage());
                    update(now -> now.failed(failure));
                    LOG.warn(
                            "Sealing failed; nothing is sealed, retrying in {} ms: {}",
                            pause.toMillis(),
                            failure);
                    LOG.debug("Sealing failed", e);
                    sleep(pause);
                    pause =
                            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                                    ? LONGEST_PAUSE
                                    : pause.multipliedBy(2);
                }
            }
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> client = new HashMap<>(settings.kafka());
        client.put("client.id", "daybook-sealer");
        client.put("enable.auto.commit", false);
        // A position that the topic no longer has is a loss, and not to be passed over.
        client.put("auto.offset.reset", "none");
        // A megabyte is what twenty segments of a busy sink take, and so a second's work.
        client.put("max.partition.fetch.bytes", MOST_FETCHED);
        client.put("max.poll.records", MOST_RECORDS);
        return new KafkaConsumer<>(
                client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Seals until closed, or until another sealer has gone on with the log. */
    private void work(Connection database, KafkaConsumer<byte[], byte[]> consumer)
            throws IOException, SQLException {
        AuditTables.useOwnNamesOnly(database);
        EvidenceLog log = new EvidenceLog(settings.store(), settings.signer());
        requireAnchored(log);
        try (AsFound found = new AsFound(settings, clock, log.head().complete())) {
            work(database, consumer, log, found);
        }
    }

    private void work(
            Connection database,
            KafkaConsumer<byte[], byte[]> consumer,
            EvidenceLog log,
            AsFound found)
            throws IOException, SQLException {
        TopicPartition topic = new TopicPartition(settings.topic(), 0);
        consumer.assign(List.of(topic));
        consumer.seek(topic, log.head().next());
        Pending pending = new Pending(log.head().streams());
        Completeness complete = Completeness.parse(log.head().complete());
        List<String> coverage = List.of();
        Minutely coverageDue = new Minutely();
        Minutely heartbeatDue = new Minutely();
        heartbeatDue.done();
        ScheduledVerification.last(settings.store())
                .ifPresent(last -> update(now -> now.verified(last)));
        while (!closed) {
            long began = System.nanoTime();
            List<EvidenceLog.Addition> additions = new ArrayList<>();
            if (log.head().size() == 0) {
                additions.add(
                        addition(
                                new LogLeaf.Beginning(
                                        settings.signer().key().toString(),
                                        AuditTables.unplaced(database))));
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(INTERVAL)) {
                take(record, pending);
            }
            List<AuditTables.Key> keys = pending.keys();
            List<Pending.Told> sealed =
                    keys.isEmpty() ? List.of() : pending.decide(AuditTables.stored(database, keys));
            additions.addAll(leaves(sealed));
            sealed.forEach(told -> complete.take(told.segment()));
            if (coverageDue.isDue()) {
                List<String> now = AuditTables.coverage(database);
                if (!now.equals(coverage)) {
                    additions.add(addition(new LogLeaf.Coverage(now)));
                    coverage = now;
                }
                coverageDue.done();
            }
            for (ScheduledVerification.Result result = verified.poll();
                    result != null;
                    result = verified.poll()) {
                additions.add(addition(leafOf(result)));
            }
            List<AsFound.Made> earlier = asFound(found, additions);
            if (heartbeatDue.isDue() || complete.hasNews()) {
                additions.add(addition(new LogLeaf.Heartbeat(complete.advance())));
                heartbeatDue.done();
            }
            update(SealerState::works);
            if (!additions.isEmpty()) {
                List<String> lines = new ArrayList<>(complete.lines());
                lines.add(found.line());
                if (!log.append(
                        additions, pending.next(consumer.position(topic)), pending.ends(), lines)) {
                    LOG.warn(
                            "Another sealer has gone on with the log; starting over from what it has sealed");
                    sleep(INTERVAL);
                    return;
                }
                for (AsFound.Made made : earlier) {
                    listed(made);
                }
                long size = log.head().size();
                Map<String, Instant> until = new TreeMap<>();
                complete.said().forEach(of -> until.put(of.source(), LogTime.instant(of.until())));
                update(now -> now.sealed(size, clock.instant(), until));
            }
            if (consumer.currentLag(topic).orElse(0) == 0) {
                sleep(INTERVAL.minusNanos(System.nanoTime() - began));
            }
        }
    }

    /**
     * Adds segments of what was stored before anything was sealed, as far as they are ready; what
     * is kept beside them is there before the leaf that lists them.
     */
    private List<AsFound.Made> asFound(AsFound found, List<EvidenceLog.Addition> additions)
            throws IOException {
        List<AsFound.Made> taken = new ArrayList<>();
        for (AsFound.Made made = found.poll(); made != null; made = found.poll()) {
            FoundKeys keys = made.keys();
            SegmentRecord record = made.record();
            if (keys != null && record != null) {
                settings.store().write(FoundKeys.file(keys.header()), keys.toBytes());
                additions.add(
                        new EvidenceLog.Addition(
                                leaf(new LogLeaf.Segments(List.of(keys.header()))),
                                List.of(record)));
                taken.add(made);
            }
            if (taken.size() == MOST_AS_FOUND) {
                break;
            }
        }
        return taken;
    }

    /** Notes where packs find a segment that was sealed as found. */
    private void listed(AsFound.Made made) throws IOException {
        FoundKeys keys = made.keys();
        if (keys == null) {
            return;
        }
        Segment segment = Segment.parse(keys.header());
        Segment.Account account = segment.account();
        if (account == null || account.found() == null) {
            return;
        }
        String file = FoundKeys.list((int) FoundKeys.table(segment.stream()));
        Optional<byte[]> before = settings.store().read(file);
        String line =
                account.found().from()
                        + " "
                        + account.found().to()
                        + " "
                        + FoundKeys.file(keys.header())
                        + "\n";
        settings.store()
                .write(
                        file,
                        (before.map(of -> new String(of, StandardCharsets.UTF_8)).orElse("") + line)
                                .getBytes(StandardCharsets.UTF_8));
    }

    /** Stops where an anchor has seen more of the log than there is: it was set back. */
    private void requireAnchored(EvidenceLog log) {
        for (Anchor anchor : settings.anchors()) {
            for (String note : asked(anchor)) {
                Checkpoint checkpoint = Checkpoint.open(note, settings.signer().key());
                if (checkpoint.size() > log.head().size()) {
                    throw new IllegalStateException(
                            "The log has "
                                    + log.head().size()
                                    + " leaves, but the anchor "
                                    + anchor
                                    + " has seen "
                                    + checkpoint.size()
                                    + ": the log was set back. Restore the log's directory; until then nothing is sealed.");
                }
            }
        }
    }

    private static List<String> asked(Anchor anchor) {
        try {
            return anchor.checkpoints();
        } catch (IOException e) {
            LOG.error(
                    "The anchor {} could not be asked what it has seen; going on without it: {}",
                    anchor,
                    e.getMessage());
            return List.of();
        }
    }

    private static void take(ConsumerRecord<byte[], byte[]> record, Pending pending) {
        try {
            pending.add(record.offset(), SegmentRecord.parse(record.value()));
        } catch (InvalidEvidenceException e) {
            LOG.error(
                    "Record {} of the topic of segments is none and is left aside: {}",
                    record.offset(),
                    e.getMessage());
        }
    }

    private List<EvidenceLog.Addition> leaves(List<Pending.Told> sealed) {
        List<EvidenceLog.Addition> leaves = new ArrayList<>();
        List<byte[]> segments = new ArrayList<>();
        List<SegmentRecord> records = new ArrayList<>();
        int bytes = 0;
        for (Pending.Told told : sealed) {
            byte[] header = told.record().header();
            if (bytes + header.length + 4 > MOST_BYTES) {
                leaves.add(
                        new EvidenceLog.Addition(
                                leaf(new LogLeaf.Segments(List.copyOf(segments))),
                                List.copyOf(records)));
                segments.clear();
                records.clear();
                bytes = 0;
            }
            segments.add(header);
            if (!told.record().leaves().isEmpty()) {
                records.add(told.record());
            }
            bytes += header.length + 4;
        }
        if (!segments.isEmpty()) {
            leaves.add(new EvidenceLog.Addition(leaf(new LogLeaf.Segments(segments)), records));
        }
        return leaves;
    }

    private static LogLeaf.Verification leafOf(ScheduledVerification.Result result) {
        return new LogLeaf.Verification(
                result.verified().outcome().word(),
                result.leaves(),
                result.verified().rows(),
                result.verified().findings());
    }

    private EvidenceLog.Addition addition(LogLeaf.Content content) {
        return new EvidenceLog.Addition(leaf(content), List.of());
    }

    private LogLeaf leaf(LogLeaf.Content content) {
        return new LogLeaf(LogTime.micros(clock.instant()), content);
    }

    /** Says when a minute has passed, whatever the clock does meanwhile. */
    private static final class Minutely {

        private long last = System.nanoTime() - HEARTBEAT.toNanos();

        boolean isDue() {
            return System.nanoTime() - last >= HEARTBEAT.toNanos();
        }

        void done() {
            last = System.nanoTime();
        }
    }

    private void sleep(Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            return;
        }
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    /** Stops; what is on its way is sealed at the next start. */
    @Override
    public void close() {
        closed = true;
        verification.close();
        statistics.close();
        try {
            thread.join(Duration.ofSeconds(15));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        anchoring.close();
    }
}
