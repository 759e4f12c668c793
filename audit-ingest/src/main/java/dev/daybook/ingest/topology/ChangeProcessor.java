package dev.daybook.ingest.topology;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.GapCause;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.ReplayOutcome;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.ActorColumns;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Decoder;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides what becomes of each change record, writes it and counts it. Nothing that a record holds
 * makes it throw.
 */
final class ChangeProcessor extends ContextualProcessor<byte[], byte[], byte[], byte[]> {

    private static final Logger log = LoggerFactory.getLogger(ChangeProcessor.class);

    private static final Duration RELEASE_INTERVAL = Duration.ofMillis(100);

    private static final Duration REPLAY_INTERVAL = Duration.ofMillis(200);

    /** How many rejected records are replayed between two batches of the stream. */
    private static final int MOST_REPLAYS = 100;

    /** How often a record is tried on which the ingest itself fails. */
    private static final int TRIES = 3;

    /** What Kafka adds to a record's key and value. */
    private static final int MESSAGE_OVERHEAD = 256;

    private static final byte[] WATERMARK = RecordHeader.WATERMARK.getBytes(StandardCharsets.UTF_8);

    private static final byte[] POSITION = RecordHeader.POSITION.getBytes(StandardCharsets.UTF_8);

    private static final byte[] GAP = RecordHeader.GAP.getBytes(StandardCharsets.UTF_8);

    private static final byte[] REPLAY = RecordHeader.REPLAY.getBytes(StandardCharsets.UTF_8);

    private final TopologySettings settings;
    private final TableCatalog sourceCatalog;
    private final PartitionCounts partitionCounts;
    private final IngestMetrics metrics;
    private final Clock clock;
    private final Records records;
    private final EntryMaker entries;
    private final RejectionLog rejectionLog;
    private final Replays replays;
    private final Originals originals;
    private final Map<String, ChangeFeed> feeds = new HashMap<>();

    /** By source: the topics of a pattern share one. */
    private final Map<String, Decoder> decoders = new HashMap<>();

    private final LearnedKeys learnedKeys = new LearnedKeys();

    private @Nullable TopicCatalog definitions;
    private @Nullable DefinitionQueue queue;

    /** Whether the record that is taken was rejected once and is replayed. */
    private boolean replaying;

    ChangeProcessor(
            TopologySettings settings,
            TableCatalog sourceCatalog,
            PartitionCounts partitionCounts,
            IngestMetrics metrics,
            Replays replays,
            Originals originals,
            Clock clock) {
        this(
                settings,
                sourceCatalog,
                partitionCounts,
                metrics,
                replays,
                originals,
                clock,
                new Records());
    }

    ChangeProcessor(
            TopologySettings settings,
            TableCatalog sourceCatalog,
            PartitionCounts partitionCounts,
            IngestMetrics metrics,
            Replays replays,
            Originals originals,
            Clock clock,
            Records records) {
        this.records = records;
        this.replays = replays;
        this.originals = originals;
        this.settings = settings;
        this.sourceCatalog = sourceCatalog;
        this.partitionCounts = partitionCounts;
        this.metrics = metrics;
        this.clock = clock;
        this.entries =
                new EntryMaker(settings.redaction(), new ActorColumns(settings.actorColumns()));
        this.rejectionLog = new RejectionLog(clock);
        settings.sources().forEach((topic, source) -> feeds.put(topic, feed(source)));
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        definitions = new TopicCatalog(IngestTopology.TABLES_STORE.in(context));
        if (settings.awaitsDefinitions()) {
            int partition = context.taskId().partition();
            ParkedRecords parked =
                    new ParkedRecords(
                            IngestTopology.PARKED_STORE.in(context), partition, originals);
            DefinitionQueue waiting =
                    new DefinitionQueue(parked, partition, settings.definitionWait(), metrics);
            waiting.restore(
                    this::feedOrNull,
                    context.currentSystemTimeMs(),
                    (feed, record, heartbeat) ->
                            feed.watermarks()
                                    .add(
                                            heldBefore(record, heartbeat),
                                            waiting.lastWaiting(record.place().topic())));
            queue = waiting;
            context.schedule(RELEASE_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::release);
        }
        context.schedule(REPLAY_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::replay);
    }

    @Override
    public void close() {
        if (queue != null) {
            queue.close();
        }
        originals.close();
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata metadata = context().recordMetadata().orElseThrow();
        ChangeFeed feed = feeds.computeIfAbsent(metadata.topic(), this::feedOfPattern);
        take(
                feed,
                new Incoming(
                        new Place(metadata.topic(), metadata.partition(), metadata.offset()),
                        record.key(),
                        record.value(),
                        new KafkaHeaders(record.headers()),
                        record.timestamp()),
                true);
    }

    private @Nullable ChangeFeed feedOrNull(String topic) {
        ChangeFeed known = feeds.get(topic);
        TopologySettings.Source source = known == null ? settings.source(topic) : null;
        return source == null ? known : feeds.computeIfAbsent(topic, name -> feed(source));
    }

    private ChangeFeed feedOfPattern(String topic) {
        TopologySettings.Source source = settings.source(topic);
        if (source == null) {
            throw new IllegalStateException(
                    "Topic "
                            + topic
                            + " is read, and is no source's topic, or matches the topic-pattern of"
                            + " several.");
        }
        return feed(source);
    }

    private ChangeFeed feed(TopologySettings.Source source) {
        return new ChangeFeed(
                source,
                decoders.computeIfAbsent(
                        source.name(), name -> ChangeFeed.decoder(source, sourceCatalog)),
                metrics.of(source.name()),
                new HeldWatermarks());
    }

    /**
     * @param mayWait whether the record may wait for its table's definition
     */
    private void take(ChangeFeed feed, Incoming record, boolean mayWait) {
        Outcome outcome = tried(feed, record, mayWait);
        if (outcome instanceof Outcome.Waiting) {
            return;
        }
        feed.metrics().outcome(outcome.word());
        switch (outcome) {
            case Outcome.Entry entry -> {
                feed.metrics().change(entry.entry().committedAt());
                if (entry.keyless() != null) {
                    feed.metrics().keyless(entry.keyless());
                }
            }
            case Outcome.TableChanged changed ->
                    feed.metrics().change(changed.made().entry().committedAt());
            case Outcome.Rejected rejected -> feed.metrics().rejected(rejected.why().code());
            default -> {}
        }
    }

    /**
     * Routes a record and writes what it becomes. One on which the ingest itself fails, however
     * often it is tried, is rejected with the fault's text; failures of Kafka and of stores are not
     * the record's.
     */
    private Outcome tried(ChangeFeed feed, Incoming record, boolean mayWait) {
        for (int tried = 1; ; tried++) {
            try {
                return write(feed, record, route(feed, record, mayWait));
            } catch (KafkaException infrastructure) {
                throw infrastructure;
            } catch (RuntimeException | StackOverflowError fault) {
                boolean kept = settings.kept(null) != Rejection.Kept.NOTHING;
                log.error(
                        "The ingest failed on record {} (try {} of {})",
                        record.place(),
                        tried,
                        TRIES,
                        // A fault's text may quote a value.
                        kept ? fault : new WithoutText(fault));
                if (tried >= TRIES) {
                    return write(
                            feed,
                            record,
                            EntryMaker.rejected(
                                    null,
                                    "ingest-fault",
                                    "The ingest failed on the record: "
                                            + (kept ? fault : fault.getClass().getName())
                                            + ". Report the fault, and send the record again when"
                                            + " it is mended."));
                }
            }
        }
    }

    /** Shows where a fault came from, and no text of it. */
    private static final class WithoutText extends RuntimeException {

        private static final long serialVersionUID = 1L;

        WithoutText(Throwable fault) {
            super(fault.getClass().getName());
            setStackTrace(fault.getStackTrace());
        }
    }

    private Outcome route(ChangeFeed feed, Incoming record, boolean mayWait) {
        return switch (feed.decode(record)) {
            case Decoded.Change change -> change(feed, record, change, mayWait);
            case Decoded.Truncated truncated ->
                    entries.truncation(feed.source(), record.place(), truncated);
            case Decoded.Context context -> context(context);
            case Decoded.TableDefined defined -> new Outcome.Defined(defined);
            case Decoded.TableChanged changed ->
                    entries.tableChange(
                            feed.source(),
                            record.place(),
                            changed,
                            definition(feed.source().name(), changed.at().table()));
            case Decoded.Heartbeat heartbeat -> heartbeat(record, heartbeat);
            case Decoded.Gap gap -> new Outcome.Gap(gap);
            case Decoded.Ignored ignored -> new Outcome.Recognised(ignored.kind());
            case Decoded.Malformed malformed ->
                    new Outcome.Rejected(
                            settings.kept(malformed.table()) == Rejection.Kept.NOTHING
                                    ? malformed.withoutQuote()
                                    : malformed);
        };
    }

    private Outcome change(
            ChangeFeed feed, Incoming record, Decoded.Change change, boolean mayWait) {
        TableName table = change.at().table();
        if (change.at().unusable() != null) {
            feed.metrics().degraded(change.at().unusable());
        }
        List<String> configured = settings.keys().get(table);
        if (change.described() != null) {
            return entries.change(
                    feed.source(), record.place(), change, configured, null, null, "");
        }
        String source = feed.source().name();
        TableDefinition definition = definition(source, table);
        List<String> key = configured;
        if (key == null && definition != null) {
            key = definition.key();
        }
        if (key != null) {
            countRounded(feed, change, key);
            return entries.change(
                    feed.source(), record.place(), change, configured, definition, null, "");
        }
        DefinitionQueue.Table named = feed.table(record, change);
        List<String> learned = learned(named, record, change);
        if (learned == null
                && mayWait
                && queue != null
                && queue.add(
                        named,
                        record,
                        settings.kept(table) != Rejection.Kept.NOTHING,
                        context().currentSystemTimeMs())) {
            return new Outcome.Waiting(table);
        }
        Outcome outcome =
                entries.change(
                        feed.source(),
                        record.place(),
                        change,
                        null,
                        null,
                        learned,
                        learnedKeys.isAmbiguous(named) ? "key-ambiguous" : "definition-unknown");
        if (learned != null) {
            countRounded(feed, change, learned);
        }
        if (learned == null && queue != null && outcome instanceof Outcome.Entry) {
            queue.undefined()
                    .recorded(named, change.at().committedAt(), context().currentSystemTimeMs());
        }
        return outcome;
    }

    /** Counts a key that DMS may have rounded: another row can have come under the same one. */
    private static void countRounded(
            ChangeFeed feed, Decoded.Change change, List<String> keyColumns) {
        for (String column : keyColumns) {
            if (EntityKey.mayBeRounded(change.data().token(column))) {
                feed.metrics().degraded("key-rounded");
            }
        }
    }

    /**
     * Returns the key of a table that nothing defines, as far as its records show it, and tells the
     * other tasks of what this record adds.
     */
    private @Nullable List<String> learned(
            DefinitionQueue.Table table, Incoming record, Decoded.Change change) {
        boolean changed = learnedKeys.observe(table, change);
        String own = learnedKeys.key(table);
        if (changed) {
            byte[] value =
                    own == null
                            ? null
                            : records.table(
                                    table.source(),
                                    table.name(),
                                    TableDefinition.ofKey(List.of(own)),
                                    change.at().committedAt());
            forwardOrDelete(
                    TopicCatalog.learnedKey(table.source(), table.name())
                            .getBytes(StandardCharsets.UTF_8),
                    value,
                    record.timestamp());
        }
        if (own != null) {
            return List.of(own);
        }
        if (definitions == null || learnedKeys.isContradicted(table)) {
            return null;
        }
        TableDefinition elsewhere = definitions.learned(table.source(), table.name());
        return elsewhere == null ? null : elsewhere.key();
    }

    @SuppressWarnings("NullAway") // A null value deletes; Kafka's types cannot say so.
    private void forwardOrDelete(byte[] key, byte @Nullable [] value, long timestamp) {
        context().forward(new Record<>(key, value, timestamp), IngestTopology.TABLES);
    }

    private static Outcome context(Decoded.Context context) {
        Long id = context.at().transactionId();
        if (id == null) {
            return EntryMaker.rejected(
                    context.at().table(),
                    "no-transaction",
                    "A context row without a transaction-id says nothing of any transaction: let"
                            + " the capture include transaction details.");
        }
        for (int i = 0; i < context.data().size(); i++) {
            if (!JsonText.isStorable(JsonText.scalar(context.data().tokenAt(i)))) {
                return EntryMaker.rejected(
                        context.at().table(),
                        "context-not-storable",
                        "The context's "
                                + context.data().nameAt(i)
                                + " holds U+0000 or half a surrogate pair, which PostgreSQL cannot"
                                + " store: send text.");
            }
        }
        return new Outcome.Context(id, context);
    }

    private Outcome heartbeat(Incoming record, Decoded.Heartbeat heartbeat) {
        if (replaying) {
            // Later ones have said more since.
            return new Outcome.Recognised(ChangeOperation.HEARTBEAT.word());
        }
        int partitions = partitions(record, heartbeat);
        String problem = HeartbeatRules.problem(record, heartbeat, partitions, clock.instant());
        if (problem == null) {
            return new Outcome.Watermark(held(record, heartbeat, partitions));
        }
        Outcome.Rejected rejected = EntryMaker.rejected(null, "bad-heartbeat", problem);
        Decoded.Heartbeat link = heartbeat.withoutClaim();
        // Without it the next one, which names it, would read as a slot that somebody moved.
        return link.previous() != null
                        && HeartbeatRules.problem(record, link, partitions, clock.instant()) == null
                ? new Outcome.Disbelieved(rejected, held(record, link, partitions))
                : rejected;
    }

    private int partitions(Incoming record, Decoded.Heartbeat heartbeat) {
        Integer claimed = heartbeat.partitions();
        return partitionCounts.of(record.place().topic(), claimed == null ? 0 : claimed);
    }

    /** Returns what an earlier run held back: of a heartbeat whose claim is rejected, its link. */
    private HeldWatermarks.Held heldBefore(Incoming record, Decoded.Heartbeat heartbeat) {
        int partitions = partitions(record, heartbeat);
        String problem = HeartbeatRules.problem(record, heartbeat, partitions, clock.instant());
        return held(record, problem == null ? heartbeat : heartbeat.withoutClaim(), partitions);
    }

    private static HeldWatermarks.Held held(
            Incoming record, Decoded.Heartbeat heartbeat, int partitions) {
        Place place = record.place();
        return new HeldWatermarks.Held(
                place.offset(),
                place.offset(),
                record.timestamp(),
                heartbeat,
                place.partition(),
                partitions);
    }

    /** Returns what control records said of the table, else what the source's catalog says. */
    private @Nullable TableDefinition definition(String source, TableName table) {
        TableDefinition definition =
                definitions == null ? null : definitions.definition(source, table);
        return definition == null ? sourceCatalog.definition(source, table) : definition;
    }

    /** Returns the key of a table as far as it is known by now, or null. */
    private @Nullable List<String> key(DefinitionQueue.Table table) {
        TableDefinition definition = definition(table.source(), table.name());
        if (definition == null && definitions != null && !learnedKeys.isContradicted(table)) {
            definition = definitions.learned(table.source(), table.name());
        }
        String own = definition == null ? learnedKeys.key(table) : null;
        return definition != null ? definition.key() : own != null ? List.of(own) : null;
    }

    /** Lets changes go that have their definition, or have waited long enough. */
    private void release(long now) {
        DefinitionQueue waiting = queue;
        if (waiting == null) {
            return;
        }
        waiting.undefined().settle(now, this::key).forEach(late -> late(late, now));
        waiting.release(
                now,
                this::key,
                (table, record) -> {
                    ChangeFeed feed = feeds.get(table.topic());
                    if (feed != null) {
                        take(feed, record, false);
                    }
                },
                this::goneWhileWaiting);
        feeds.forEach((topic, feed) -> releaseWatermarks(topic, feed, waiting));
    }

    /** Says of which changes the key was not known when they were recorded, and is now. */
    private void late(UndefinedTables.Late late, long now) {
        TableName table = late.table().name();
        gap(
                late.table().source(),
                Stage.INGEST,
                new Decoded.Gap(
                        table,
                        RejectionId.of(
                                Stage.INGEST,
                                late.first().topic(),
                                late.first().partition(),
                                late.first().offset(),
                                GapCause.KEY_LATE.word() + " " + table),
                        clock.instant(),
                        // What was committed at a gap's beginning is not missing, and a row that
                        // is read at its end is one read again.
                        late.from().minus(1, ChronoUnit.MICROS),
                        late.to().plus(1, ChronoUnit.MICROS),
                        null,
                        null,
                        GapCause.KEY_LATE.word(),
                        "The table's definition came after daybook.ingest.definition-wait: changes"
                                + " from the topic's partition "
                                + late.first().partition()
                                + ", the first at offset "
                                + late.first().offset()
                                + ", are recorded without the key of their row. They are in the"
                                + " table's history, and in that of no row. Reload the table."),
                now);
    }

    /** Takes rejected records again, and says what became of each. */
    private void replay(long now) {
        for (int i = 0; i < MOST_REPLAYS; i++) {
            Replays.Replay next = replays.poll();
            if (next == null) {
                return;
            }
            Incoming original = next.original();
            ChangeFeed feed = original == null ? null : feedOrNull(original.place().topic());
            if (original == null || feed == null) {
                replayed(next, null, unavailable(next, original), now);
                continue;
            }
            replaying = true;
            try {
                Outcome outcome = tried(feed, original, false);
                feed.metrics().replayed(outcome.word());
                replayed(next, outcome, null, now);
            } finally {
                replaying = false;
            }
        }
    }

    private static Decoded.Malformed unavailable(
            Replays.Replay replay, @Nullable Incoming original) {
        return original == null
                ? new Decoded.Malformed(
                        "original-gone",
                        "Not all of the record is kept, and "
                                + (replay.request().place() == null
                                        ? "retention has removed what was"
                                        : "it no longer stands at " + replay.request().place())
                                + ": reload the row.",
                        null)
                : new Decoded.Malformed(
                        "no-source",
                        "No source of this ingest has the topic "
                                + original.place().topic()
                                + ": set daybook.ingest.sources.<name>.topic, and replay it again.",
                        null);
    }

    /** Writes what became of a replay, behind the entry that it may have become. */
    private void replayed(
            Replays.Replay replay,
            @Nullable Outcome outcome,
            Decoded.@Nullable Malformed unavailable,
            long now) {
        AuditEntry entry =
                switch (outcome) {
                    case Outcome.Entry made -> made.entry();
                    case Outcome.TableChanged changed -> changed.made().entry();
                    case null, default -> null;
                };
        Decoded.Malformed why =
                outcome instanceof Outcome.Rejected rejected ? rejected.why() : unavailable;
        byte[] value =
                records.replayed(
                        replay.request(),
                        outcome == null
                                ? ReplayOutcome.UNAVAILABLE
                                : why == null ? ReplayOutcome.REPLAYED : ReplayOutcome.REJECTED,
                        outcome == null || why != null ? null : outcome.word(),
                        entry == null ? null : entry.id(),
                        why);
        byte[] key =
                entry == null
                        ? replay.request().rejectedId().toString().getBytes(StandardCharsets.UTF_8)
                        : records.entryKey(entry);
        Headers headers = new RecordHeaders();
        headers.add(RecordHeader.KIND, REPLAY);
        // A sink that does not know it leaves the request open; it is replayed again.
        headers.add(RecordHeader.OPTIONAL, new byte[0]);
        context().forward(new Record<>(key, value, now, headers), IngestTopology.ENTRIES);
    }

    private void goneWhileWaiting(DefinitionQueue.Table table, Place place) {
        ChangeFeed feed = feeds.get(table.topic());
        if (feed != null) {
            Outcome.Rejected rejected =
                    EntryMaker.rejected(
                            table.name(),
                            "original-gone",
                            "The change waited for its table's definition, was not kept elsewhere"
                                    + " because of a rule of redaction, and its topic does not have"
                                    + " it any more: raise the topic's retention, and reload the"
                                    + " table.");
            write(
                    feed,
                    new Incoming(
                            place,
                            null,
                            null,
                            Incoming.Headers.NONE,
                            context().currentSystemTimeMs()),
                    rejected);
            feed.metrics().outcome(rejected.word());
            feed.metrics().rejected(rejected.why().code());
        }
    }

    private void releaseWatermarks(String topic, ChangeFeed feed, DefinitionQueue waiting) {
        if (feed.watermarks().isEmpty()) {
            return;
        }
        feed.watermarks()
                .release(
                        waiting.firstWaiting(topic),
                        held -> {
                            watermark(feed, held);
                            waiting.released(topic, held.first(), held.offset());
                        });
    }

    /** Writes what an outcome is written as; returns the outcome that it has in the end. */
    private Outcome write(ChangeFeed feed, Incoming record, Outcome outcome) {
        String source = feed.source().name();
        switch (outcome) {
            case Outcome.Entry made -> {
                AuditEntry entry = made.entry();
                byte[] key = records.entryKey(entry);
                byte[] value = records.entry(entry);
                if (key.length + value.length > settings.largestMessage() - MESSAGE_OVERHEAD) {
                    return write(
                            feed,
                            record,
                            EntryMaker.rejected(
                                    entry.table(),
                                    "value-too-large",
                                    "The entry has "
                                            + (key.length + value.length)
                                            + " bytes, more than its topic takes: raise"
                                            + " daybook.ingest.max-record-bytes and the topic's"
                                            + " max.message.bytes, and reload the row."));
                }
                forward(key, value, time(record), IngestTopology.ENTRIES);
            }
            case Outcome.Rejected rejected -> {
                Rejection rejection =
                        Rejection.of(
                                source,
                                rejected.why(),
                                record,
                                settings.kept(rejected.why().table()),
                                settings.largestMessage());
                rejectionLog.log(rejection);
                forward(
                        rejection.key(),
                        records.rejected(rejection, clock.instant()),
                        time(record),
                        IngestTopology.REJECTED);
            }
            case Outcome.Context context ->
                    forward(
                            records.transactionKey(source, context.transactionId()),
                            records.transaction(
                                    source,
                                    context.transactionId(),
                                    context.row().at().committedAt(),
                                    entries.context(context.row())),
                            time(record),
                            IngestTopology.TRANSACTIONS);
            case Outcome.TableChanged changed -> {
                Outcome written = write(feed, record, changed.made());
                if (changed.definition() != null) {
                    define(source, changed.at(), changed.definition(), time(record));
                }
                return written instanceof Outcome.Rejected ? written : changed;
            }
            case Outcome.Defined defined ->
                    define(
                            source,
                            defined.table().at(),
                            defined.table().definition(),
                            time(record));
            case Outcome.Watermark watermark -> writeOrHold(feed, record, watermark.watermark());
            case Outcome.Disbelieved disbelieved -> {
                writeOrHold(feed, record, disbelieved.link());
                return write(feed, record, disbelieved.claim());
            }
            case Outcome.Gap gap -> gap(source, Stage.SOURCE, gap.gap(), time(record));
            case Outcome.Recognised recognised -> {}
            case Outcome.Waiting waits -> {}
        }
        return outcome;
    }

    /** Writes what a heartbeat says, behind the changes before it: it is held while one waits. */
    private void writeOrHold(ChangeFeed feed, Incoming record, HeldWatermarks.Held said) {
        DefinitionQueue waiting = queue;
        String topic = record.place().topic();
        if (waiting == null
                || feed.watermarks().isEmpty() && waiting.firstWaiting(topic) == Long.MAX_VALUE) {
            watermark(feed, said);
        } else {
            waiting.hold(record);
            feed.watermarks().add(said, waiting.lastWaiting(topic));
        }
    }

    /** Returns the time of what is written. Topics keep records by it: what is replayed is new. */
    private long time(Incoming record) {
        return replaying ? context().currentSystemTimeMs() : record.timestamp();
    }

    private void gap(String source, Stage stage, Decoded.Gap gap, long timestamp) {
        log.warn(
                "Changes of {} may be missing: {}",
                gap.table() == null ? source : Quote.of(gap.table().toString()),
                Quote.of(gap.reason()));
        Headers headers = new RecordHeaders();
        headers.add(RecordHeader.KIND, GAP);
        context()
                .forward(
                        new Record<>(
                                records.gapKey(source, gap.table()),
                                records.gap(source, stage, gap),
                                timestamp,
                                headers),
                        IngestTopology.ENTRIES);
    }

    private void define(
            String source, Decoded.Coordinates at, TableDefinition definition, long timestamp) {
        TableName table = at.table();
        if (replaying
                && definitions != null
                && definitions.isDefinedAfter(source, table, at.committedAt())) {
            return;
        }
        byte[] value = records.table(source, table, definition, at.committedAt());
        if (definitions != null) {
            definitions.defined(source, table, value);
        }
        forward(records.tableKey(source, table), value, timestamp, IngestTopology.TABLES);
    }

    private void watermark(ChangeFeed feed, HeldWatermarks.Held held) {
        byte[] value =
                records.watermark(
                        feed.source().name(),
                        held.heartbeat(),
                        held.partition(),
                        held.partitions());
        Headers headers = new RecordHeaders();
        boolean claims = held.heartbeat().completeUntil() != null;
        headers.add(RecordHeader.KIND, claims ? WATERMARK : POSITION);
        context()
                .forward(
                        new Record<byte[], byte[]>(new byte[0], value, held.timestamp(), headers),
                        IngestTopology.WATERMARKS);
    }

    private void forward(byte[] key, byte[] value, long timestamp, String sink) {
        context().forward(new Record<>(key, value, timestamp), sink);
    }
}
