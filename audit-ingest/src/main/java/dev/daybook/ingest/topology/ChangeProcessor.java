package dev.daybook.ingest.topology;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.ActorColumns;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.Redaction;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.dms.Decoded;
import dev.daybook.ingest.dms.DmsDecoder;
import dev.daybook.ingest.dms.Normaliser;
import dev.daybook.ingest.json.JsonProblem;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Decodes change records and sends each where it belongs. Nothing that a record holds makes it
 * throw.
 */
final class ChangeProcessor extends ContextualProcessor<byte[], byte[], byte[], byte[]> {

    private static final Logger log = LoggerFactory.getLogger(ChangeProcessor.class);

    private static final Duration RELEASE_INTERVAL = Duration.ofMillis(100);

    private static final long SAY_INTERVAL_MILLIS = 1_000;

    private final Settings settings;
    private final IngestMetrics metrics;
    private final Clock clock;
    private final Records records = new Records();
    private final HeaderNames headerNames = new HeaderNames();
    private final Map<String, Feed> feeds = new HashMap<>();

    private final TableCatalog sourceCatalog;
    private final Redaction redaction;
    private final ActorColumns actors;

    /** What waits for its definition, by {@code source␟table}, in the order in which it came. */
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();

    /** Tables whose definition was waited for in vain. */
    private final Set<String> givenUp = new HashSet<>();

    private long lastSaid;
    private long unsaid;

    private @Nullable TopicCatalog definitions;
    private @Nullable Parked parked;

    ChangeProcessor(
            Settings settings, TableCatalog sourceCatalog, IngestMetrics metrics, Clock clock) {
        this.settings = settings;
        this.sourceCatalog = sourceCatalog;
        this.redaction = settings.redaction();
        this.actors = new ActorColumns(settings.actorColumns());
        this.metrics = metrics;
        this.clock = clock;
        settings.sources().forEach((topic, source) -> feeds.put(topic, new Feed(source, metrics)));
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        definitions = new TopicCatalog(IngestTopology.TABLES_STORE.in(context));
        if (settings.definitionWait().isPositive()) {
            Parked left =
                    new Parked(
                            IngestTopology.PARKED_STORE.in(context), context.taskId().partition());
            parked = left;
            unpark(left);
            context.schedule(RELEASE_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::release);
        }
    }

    @Override
    public void close() {
        // What is parked is no longer this task's to count.
        waiting.values().forEach(table -> metrics.parked(-table.ids.size()));
        waiting.clear();
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata metadata = context().recordMetadata().orElseThrow();
        handle(new Place(metadata.topic(), metadata.partition(), metadata.offset()), record, false);
    }

    private Feed feed(Place place) {
        Feed feed = feeds.get(place.topic());
        if (feed == null) {
            throw new IllegalStateException(
                    "Topic " + place.topic() + " is read, but is no source's topic.");
        }
        return feed;
    }

    /**
     * @param waited whether the record has waited for its table's definition, and waits no longer
     */
    private void handle(Place place, Record<byte[], byte[]> record, boolean waited) {
        Feed feed = feed(place);
        switch (feed.decoder.decode(record.value(), record.timestamp())) {
            case Decoded.Change change -> {
                change(feed, place, record, change, waited);
            }
            case Decoded.Context context -> {
                feed.metrics.outcome("context");
                transaction(feed, place, record, context);
            }
            case Decoded.Truncated truncated -> {
                feed.metrics.outcome(Operation.TRUNCATE.word());
                entry(feed, place, record, truncation(feed, place, truncated.at()));
            }
            case Decoded.TableDefined defined -> {
                feed.metrics.outcome("table-defined");
                tableDefined(feed, record, defined);
            }
            case Decoded.OtherControl control -> {
                feed.metrics.outcome("control");
                // A dropped table's definition is kept: its last changes may still be on their way.
                log.info(
                        "{} reports {} on {}.",
                        feed.source.name(),
                        control.operation(),
                        control.at().table());
            }
            case Decoded.Heartbeat heartbeat -> {
                feed.metrics.outcome("heartbeat");
                watermark(feed, place, record, heartbeat);
            }
            case Decoded.Ignored ignored -> feed.metrics.outcome(ignored.kind());
            case Decoded.Malformed malformed -> {
                feed.metrics.outcome("rejected");
                reject(feed, place, record, malformed);
            }
        }
    }

    private void change(
            Feed feed,
            Place place,
            Record<byte[], byte[]> record,
            Decoded.Change change,
            boolean waited) {
        TableName table = change.at().table();
        List<String> configured = settings.keys().get(table);
        Header keyHeader = record.headers().lastHeader(IngestTopology.KEY_HEADER);
        ChangeEvent event;
        if (keyHeader != null) {
            List<String> key;
            List<String> unchanged;
            try {
                key = headerNames.read(keyHeader.value());
                Header header = record.headers().lastHeader(IngestTopology.UNCHANGED_HEADER);
                unchanged = header == null ? List.of() : headerNames.read(header.value());
            } catch (JsonProblem problem) {
                malformed(feed, place, record, table, "bad-header", headerReason(problem));
                return;
            }
            event =
                    Normaliser.ofConnector(
                            feed.source.name(),
                            place.offset(),
                            change,
                            configured == null ? key : configured,
                            unchanged);
        } else {
            TableDefinition definition = definition(feed, table);
            if (definition == null
                    && configured == null
                    && !waited
                    && park(feed, place, record, table)) {
                return;
            }
            if (configured != null) {
                definition =
                        definition == null
                                ? TableDefinition.ofKey(configured)
                                : definition.withKey(configured);
            }
            event =
                    Normaliser.ofDms(
                            feed.source.name(),
                            place.offset(),
                            change,
                            definition,
                            feed.source.fullIdentity());
            if (definition == null) {
                feed.metrics.keyless("definition-unknown");
            }
        }
        feed.metrics.outcome(change.operation().word());
        entry(feed, place, record, event);
    }

    private static String headerReason(JsonProblem problem) {
        return "A header must hold a JSON array of column names. " + problem.reason();
    }

    /** What control records said of the table, else what the source's own catalog says. */
    private @Nullable TableDefinition definition(Feed feed, TableName table) {
        TopicCatalog defined = definitions;
        TableDefinition definition =
                defined == null ? null : defined.definition(feed.source.name(), table);
        return definition == null
                ? sourceCatalog.definition(feed.source.name(), table)
                : definition;
    }

    /**
     * Parks a change whose table is not defined yet; false if it need not wait, or has to no
     * longer.
     */
    private boolean park(Feed feed, Place place, Record<byte[], byte[]> record, TableName table) {
        String key = TopicCatalog.key(feed.source.name(), table);
        if (parked == null || givenUp.contains(key)) {
            return false;
        }
        Bytes id = parked.put(place, record);
        wait(feed, table, key).ids.add(id);
        metrics.parked(1);
        return true;
    }

    private Waiting wait(Feed feed, TableName table, String key) {
        return waiting.computeIfAbsent(
                key,
                k ->
                        new Waiting(
                                feed.source.name(),
                                table,
                                context().currentSystemTimeMs()
                                        + settings.definitionWait().toMillis()));
    }

    /** Counts what an earlier run left parked among what waits; its wait begins anew. */
    private void unpark(Parked left) {
        for (Bytes id : left.ids()) {
            left.look(
                    id,
                    (place, record) -> {
                        Feed feed = feed(place);
                        if (feed.decoder.decode(record.value(), record.timestamp())
                                instanceof Decoded.Change change) {
                            TableName table = change.at().table();
                            wait(feed, table, TopicCatalog.key(feed.source.name(), table))
                                    .ids
                                    .add(id);
                            metrics.parked(1);
                        }
                    });
        }
    }

    /** Lets go what has its definition, or has waited long enough. */
    private void release(long now) {
        if (waiting.isEmpty()) {
            return;
        }
        for (Iterator<Waiting> all = waiting.values().iterator(); all.hasNext(); ) {
            Waiting table = all.next();
            Feed feed =
                    feeds.values().stream()
                            .filter(f -> f.source.name().equals(table.source))
                            .findFirst()
                            .orElseThrow();
            boolean defined = definition(feed, table.table) != null;
            if (defined || now >= table.until) {
                if (!defined) {
                    givenUp.add(TopicCatalog.key(table.source, table.table));
                    log.warn(
                            "No definition of {} of {} came within {}: its changes are recorded"
                                    + " without a key until one does. Let DMS include control details,"
                                    + " or set daybook.ingest.keys[{}].",
                            table.table,
                            table.source,
                            settings.definitionWait(),
                            table.table);
                }
                all.remove();
                for (Bytes id : table.ids) {
                    takeOut(id);
                }
                metrics.parked(-table.ids.size());
            }
        }
        if (waiting.isEmpty()) {
            feeds.values().forEach(Feed::letHeartbeatGo);
        }
    }

    private void takeOut(Bytes id) {
        if (parked != null) {
            parked.take(id, (place, record) -> handle(place, record, true));
        }
    }

    private static ChangeEvent truncation(Feed feed, Place place, Decoded.Coordinates at) {
        Long number = at.recordNumber();
        return new ChangeEvent(
                feed.source.name(),
                at.table(),
                Operation.TRUNCATE,
                at.committedAt(),
                at.transactionId(),
                number == null ? place.offset() : number,
                at.position(),
                List.of(),
                null,
                null,
                List.of(),
                number == null ? "@" + place.offset() : null);
    }

    private void entry(Feed feed, Place place, Record<byte[], byte[]> record, ChangeEvent event) {
        // From the change as it came: other rules of redaction are no reason for another entry.
        UUID id = event.id();
        ChangeEvent kept = redaction.apply(event);
        AuditEntry entry = AuditEntry.of(id, kept, actors.actor(kept));
        EntityKey key = entry.entityKey();
        EntityKey oldKey = entry.oldEntityKey();
        if ((key != null && !key.isStorable()) || (oldKey != null && !oldKey.isStorable())) {
            malformed(
                    feed,
                    place,
                    record,
                    event.table(),
                    "key-not-storable",
                    "The row's key holds U+0000 or half a surrogate pair, which PostgreSQL cannot"
                            + " keep as text: name other key columns in daybook.ingest.keys.");
            return;
        }
        if (key == null && !kept.keyColumns().isEmpty()) {
            feed.metrics.keyless("key-not-sent");
        }
        feed.metrics.change(event.committedAt());
        forward(
                records.entryKey(entry),
                records.entry(entry),
                record.timestamp(),
                IngestTopology.ENTRIES);
    }

    private void transaction(
            Feed feed, Place place, Record<byte[], byte[]> record, Decoded.Context row) {
        Long id = row.at().transactionId();
        if (id == null) {
            malformed(
                    feed,
                    place,
                    record,
                    row.at().table(),
                    "no-transaction",
                    "A context row without a transaction-id says nothing of any transaction: let"
                            + " the capture include transaction details.");
            return;
        }
        String source = feed.source.name();
        forward(
                records.transactionKey(source, id),
                records.transaction(source, id, row.at().committedAt(), row.data()),
                record.timestamp(),
                IngestTopology.TRANSACTIONS);
    }

    private void tableDefined(
            Feed feed, Record<byte[], byte[]> record, Decoded.TableDefined defined) {
        String source = feed.source.name();
        TableName table = defined.at().table();
        if (definitions != null) {
            definitions.defined(source, table, defined.definition());
        }
        forward(
                records.tableKey(source, table),
                records.table(source, table, defined.definition(), defined.at().committedAt()),
                record.timestamp(),
                IngestTopology.TABLES);
    }

    private void watermark(
            Feed feed, Place place, Record<byte[], byte[]> record, Decoded.Heartbeat heartbeat) {
        if (!waiting.isEmpty()) {
            // Changes before it are still parked; the newest heartbeat says all that older ones
            // did.
            feed.heldBack = () -> watermark(feed, place, record, heartbeat);
            return;
        }
        feed.heldBack = null;
        Integer partition = heartbeat.partition();
        Integer partitions = heartbeat.partitions();
        byte[] value =
                records.watermark(
                        feed.source.name(),
                        partition == null ? place.partition() : partition,
                        partitions == null ? feed.source.partitions() : partitions,
                        heartbeat);
        Headers headers = new RecordHeaders();
        headers.add(IngestTopology.KIND_HEADER, "watermark".getBytes(StandardCharsets.US_ASCII));
        context()
                .forward(
                        new Record<byte[], byte[]>(new byte[0], value, record.timestamp(), headers),
                        IngestTopology.WATERMARKS);
    }

    private void malformed(
            Feed feed,
            Place place,
            Record<byte[], byte[]> record,
            @Nullable TableName table,
            String code,
            String reason) {
        reject(feed, place, record, new Decoded.Malformed(code, reason, table));
    }

    private void reject(
            Feed feed, Place place, Record<byte[], byte[]> record, Decoded.Malformed malformed) {
        feed.metrics.rejected(malformed.code());
        byte[] value = record.value();
        // Base64 makes four bytes of three, and the rest of the record needs room too.
        boolean fits =
                settings.rejectedValues()
                        && (value == null
                                || value.length <= settings.maxRecordBytes() / 4 * 3 - 4096);
        Rejection rejection =
                new Rejection(
                        feed.source.name(),
                        malformed.code(),
                        malformed.reason(),
                        place.topic(),
                        place.partition(),
                        place.offset(),
                        malformed.table(),
                        Rejection.base64(record.key()),
                        fits ? Rejection.base64(value) : null);
        say(place, malformed);
        forward(
                rejection.key(),
                records.rejected(rejection, clock.instant()),
                record.timestamp(),
                IngestTopology.REJECTED);
    }

    /**
     * Logs a rejection, at most one a second: a flood of bad records must not become one of lines.
     */
    private void say(Place place, Decoded.Malformed malformed) {
        long now = clock.millis();
        if (now - lastSaid < SAY_INTERVAL_MILLIS) {
            unsaid++;
            return;
        }
        log.warn(
                "Record {} is rejected: {}: {} ({} more since the last such line)",
                place,
                malformed.code(),
                malformed.reason(),
                unsaid);
        lastSaid = now;
        unsaid = 0;
    }

    private void forward(byte[] key, byte[] value, long timestamp, String sink) {
        context().forward(new Record<>(key, value, timestamp), sink);
    }

    /** A source with what its records are read with. */
    private static final class Feed {
        private final Settings.Source source;
        private final DmsDecoder decoder;
        private final IngestMetrics.OfSource metrics;

        /** Writes the watermark that waits for parked changes, or null. */
        private @Nullable Runnable heldBack;

        Feed(Settings.Source source, IngestMetrics metrics) {
            this.source = source;
            this.decoder = new DmsDecoder(source.format());
            this.metrics = metrics.of(source.name());
        }

        void letHeartbeatGo() {
            Runnable heartbeat = heldBack;
            if (heartbeat != null) {
                heartbeat.run();
            }
        }
    }

    /** The parked changes of one table. */
    private static final class Waiting {
        private final String source;
        private final TableName table;
        private final long until;
        private final List<Bytes> ids = new ArrayList<>();

        Waiting(String source, TableName table, long until) {
            this.source = source;
            this.table = table;
            this.until = until;
        }
    }
}
