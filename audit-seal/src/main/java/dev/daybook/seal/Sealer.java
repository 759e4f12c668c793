package dev.daybook.seal;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.SegmentRecord;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Appends to the log what sinks have committed, each second in which something came; in a minute in
 * which nothing did, that it was there. It reads the audit database and cannot write it.
 */
public final class Sealer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Sealer.class);

    static final Duration INTERVAL = Duration.ofSeconds(1);
    static final Duration HEARTBEAT = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** Room for what a leaf says beside its segments. */
    private static final int MOST_BYTES = LogLeaf.LARGEST - 200;

    private final SealerSettings settings;
    private final Clock clock;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable String failure;
    private volatile long size;

    private Sealer(SealerSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.thread = new Thread(this::run, "daybook-sealer");
    }

    /** Starts a sealer in a thread of its own. */
    public static Sealer start(SealerSettings settings, Clock clock) {
        Sealer sealer = new Sealer(settings, clock);
        sealer.thread.setDaemon(true);
        sealer.thread.start();
        return sealer;
    }

    /** Returns why the last attempt failed; null if it did not. */
    public @Nullable String failure() {
        return failure;
    }

    /** Returns how many leaves the log has. */
    public long size() {
        return size;
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
                    failure = String.valueOf(e.getMessage());
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
        return new KafkaConsumer<>(
                client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Seals until closed, or until another sealer has gone on with the log. */
    private void work(Connection database, KafkaConsumer<byte[], byte[]> consumer)
            throws IOException, SQLException {
        EvidenceLog log = new EvidenceLog(settings.store(), settings.signer());
        TopicPartition topic = new TopicPartition(settings.topic(), 0);
        consumer.assign(List.of(topic));
        consumer.seek(topic, log.head().next());
        requireAnchored(log);
        Pending pending = new Pending(log.head().streams());
        List<String> coverage = List.of();
        Instant covered = Instant.MIN;
        Instant last = clock.instant();
        Instant anchored = Instant.MIN;
        size = log.head().size();
        while (!closed) {
            Instant began = clock.instant();
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
            List<Pending.Told> sealed =
                    pending.decide(AuditTables.stored(database, pending.keys()));
            additions.addAll(leaves(sealed));
            if (isDue(covered, began)) {
                List<String> now = AuditTables.coverage(database);
                if (!now.equals(coverage)) {
                    additions.add(addition(new LogLeaf.Coverage(now)));
                    coverage = now;
                }
                covered = began;
            }
            if (additions.isEmpty() && isDue(last, began)) {
                additions.add(addition(new LogLeaf.Heartbeat()));
            }
            failure = null;
            if (!additions.isEmpty()) {
                if (!log.append(
                        additions, pending.next(consumer.position(topic)), pending.ends())) {
                    LOG.warn(
                            "Another sealer has gone on with the log; starting over from what it has sealed");
                    sleep(INTERVAL);
                    return;
                }
                size = log.head().size();
                last = began;
            }
            if (isDue(anchored, began)) {
                anchor();
                anchored = began;
            }
            sleep(INTERVAL.minus(Duration.between(began, clock.instant())));
        }
        anchor();
    }

    /** Stops where an anchor has seen more of the log than there is: it was set back. */
    private void requireAnchored(EvidenceLog log) throws IOException {
        Anchor anchor = settings.anchor();
        if (anchor == null) {
            return;
        }
        for (String note : anchor.checkpoints()) {
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

    private void anchor() {
        Anchor anchor = settings.anchor();
        if (anchor == null) {
            return;
        }
        try {
            byte[] note = settings.store().read(EvidenceLog.CHECKPOINT).orElseThrow();
            anchor.add(new String(note, StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.error("The checkpoint was not added to the anchor {}: {}", anchor, e.getMessage());
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

    private EvidenceLog.Addition addition(LogLeaf.Content content) {
        return new EvidenceLog.Addition(leaf(content), List.of());
    }

    private LogLeaf leaf(LogLeaf.Content content) {
        return new LogLeaf(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()), content);
    }

    private static boolean isDue(Instant last, Instant now) {
        return last.equals(Instant.MIN) || Duration.between(last, now).compareTo(HEARTBEAT) >= 0;
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
        try {
            thread.join(Duration.ofSeconds(15));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
