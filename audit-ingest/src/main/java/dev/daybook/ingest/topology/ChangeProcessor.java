package dev.daybook.ingest.topology;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.EntryId;
import dev.daybook.domain.Operation;
import dev.daybook.domain.TableDefinition;
import dev.daybook.domain.TableId;
import dev.daybook.ingest.dms.Decoded;
import dev.daybook.ingest.dms.DmsDecoder;
import dev.daybook.ingest.dms.Normaliser;
import dev.daybook.ingest.json.JsonProblem;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decodes change records and sends each where it belongs. Nothing that a record holds makes it throw. */
final class ChangeProcessor extends ContextualProcessor<byte[], byte[], byte[], byte[]> {

    private static final Logger log = LoggerFactory.getLogger(ChangeProcessor.class);

    private final Settings settings;
    private final IngestMetrics metrics;
    private final Clock clock;
    private final Records records = new Records();
    private final HeaderNames headerNames = new HeaderNames();
    private final Map<String, Feed> feeds = new HashMap<>();

    private @Nullable TopicCatalog definitions;

    ChangeProcessor(Settings settings, IngestMetrics metrics, Clock clock) {
        this.settings = settings;
        this.metrics = metrics;
        this.clock = clock;
        settings.sources().forEach((topic, source) -> feeds.put(topic, new Feed(source, metrics)));
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        KeyValueStore<String, ValueAndTimestamp<byte[]>> store = context.getStateStore(IngestTopology.TABLES_STORE);
        definitions = new TopicCatalog(key -> {
            ValueAndTimestamp<byte[]> stored = store.get(key);
            return stored == null ? null : stored.value();
        });
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata metadata = context().recordMetadata().orElseThrow();
        Feed feed = feeds.get(metadata.topic());
        if (feed == null) {
            throw new IllegalStateException("Topic " + metadata.topic() + " is read, but is no source's topic.");
        }
        handle(feed, metadata, record);
    }

    private void handle(Feed feed, RecordMetadata place, Record<byte[], byte[]> record) {
        switch (feed.decoder.decode(record.value(), record.timestamp())) {
            case Decoded.Change change -> {
                feed.metrics.outcome(change.operation().word());
                change(feed, place, record, change);
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
                log.info("{} reports {} on {}.", feed.source.name(), control.operation(), control.at().table());
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

    private void change(Feed feed, RecordMetadata place, Record<byte[], byte[]> record, Decoded.Change change) {
        TableId table = change.at().table();
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
            event = Normaliser.ofConnector(
                    feed.source.name(), place.offset(), change, configured == null ? key : configured, unchanged);
        } else {
            TableDefinition definition = definition(feed, table);
            if (configured != null) {
                definition = definition == null
                        ? TableDefinition.ofKey(configured)
                        : definition.withKey(configured);
            }
            event = Normaliser.ofDms(
                    feed.source.name(), place.offset(), change, definition, feed.source.fullIdentity());
            if (definition == null) {
                feed.metrics.keyless("definition-unknown");
            }
        }
        entry(feed, place, record, event);
    }

    private static String headerReason(JsonProblem problem) {
        return "A header must hold a JSON array of column names. " + problem.reason();
    }

    private @Nullable TableDefinition definition(Feed feed, TableId table) {
        TopicCatalog catalog = definitions;
        return catalog == null ? null : catalog.definition(feed.source.name(), table);
    }

    private static ChangeEvent truncation(Feed feed, RecordMetadata place, Decoded.Coordinates at) {
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

    private void entry(Feed feed, RecordMetadata place, Record<byte[], byte[]> record, ChangeEvent event) {
        AuditEntry entry = AuditEntry.of(EntryId.of(event), event, null);
        EntityKey key = entry.entityKey();
        EntityKey oldKey = entry.oldEntityKey();
        if ((key != null && !key.isStorable()) || (oldKey != null && !oldKey.isStorable())) {
            malformed(
                    feed,
                    place,
                    record,
                    event.table(),
                    "key-not-storable",
                    "The row's key holds U+0000 or half a surrogate pair, which PostgreSQL cannot keep as text:"
                            + " name other key columns in daybook.ingest.keys.");
            return;
        }
        if (key == null && !event.keyColumns().isEmpty()) {
            feed.metrics.keyless("key-not-sent");
        }
        feed.metrics.change(event.committedAt());
        forward(records.entryKey(entry), records.entry(entry), record.timestamp(), IngestTopology.ENTRIES);
    }

    private void transaction(Feed feed, RecordMetadata place, Record<byte[], byte[]> record, Decoded.Context row) {
        Long id = row.at().transactionId();
        if (id == null) {
            malformed(
                    feed,
                    place,
                    record,
                    row.at().table(),
                    "no-transaction",
                    "A context row without a transaction-id says nothing of any transaction: let the capture"
                            + " include transaction details.");
            return;
        }
        String source = feed.source.name();
        forward(
                records.transactionKey(source, id),
                records.transaction(source, id, row.at().committedAt(), row.data()),
                record.timestamp(),
                IngestTopology.TRANSACTIONS);
    }

    private void tableDefined(Feed feed, Record<byte[], byte[]> record, Decoded.TableDefined defined) {
        String source = feed.source.name();
        TableId table = defined.at().table();
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
            Feed feed, RecordMetadata place, Record<byte[], byte[]> record, Decoded.Heartbeat heartbeat) {
        Integer partition = heartbeat.partition();
        Integer partitions = heartbeat.partitions();
        byte[] value = records.watermark(
                feed.source.name(),
                partition == null ? place.partition() : partition,
                partitions == null ? feed.source.partitions() : partitions,
                heartbeat);
        Headers headers = new RecordHeaders();
        headers.add(IngestTopology.KIND_HEADER, "watermark".getBytes(StandardCharsets.US_ASCII));
        context().forward(new Record<byte[], byte[]>(new byte[0], value, record.timestamp(), headers), IngestTopology.WATERMARKS);
    }

    private void malformed(
            Feed feed,
            RecordMetadata place,
            Record<byte[], byte[]> record,
            @Nullable TableId table,
            String code,
            String reason) {
        reject(feed, place, record, new Decoded.Malformed(code, reason, table));
    }

    private void reject(
            Feed feed, RecordMetadata place, Record<byte[], byte[]> record, Decoded.Malformed malformed) {
        feed.metrics.rejected(malformed.code());
        byte[] value = record.value();
        // Base64 makes four bytes of three, and the rest of the record needs room too.
        boolean fits = value == null || value.length <= settings.maxRecordBytes() / 4 * 3 - 4096;
        Rejection rejection = new Rejection(
                feed.source.name(),
                malformed.code(),
                malformed.reason(),
                place.topic(),
                place.partition(),
                place.offset(),
                malformed.table(),
                Rejection.base64(record.key()),
                fits ? Rejection.base64(value) : null);
        log.warn(
                "Record {}-{}@{} is rejected: {} {}",
                place.topic(),
                place.partition(),
                place.offset(),
                malformed.code(),
                malformed.reason());
        forward(
                rejection.key(),
                records.rejected(rejection, clock.instant()),
                record.timestamp(),
                IngestTopology.REJECTED);
    }

    private void forward(byte[] key, byte[] value, long timestamp, String sink) {
        context().forward(new Record<>(key, value, timestamp), sink);
    }

    /** A source with what its records are read with. */
    private static final class Feed {
        private final Settings.Source source;
        private final DmsDecoder decoder;
        private final IngestMetrics.OfSource metrics;

        Feed(Settings.Source source, IngestMetrics metrics) {
            this.source = source;
            this.decoder = new DmsDecoder(source.format());
            this.metrics = metrics.of(source.name());
        }
    }
}
