package dev.daybook.connect.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;

import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * Reads records into rows. What breaks the contract ({@code docs/reference/contracts.md}) becomes a
 * rejected row with the record's bytes and the reason; nothing is guessed, nothing is left out: a
 * member that the contract does not name is refused as well, because ignoring it would lose what it
 * says without a trace.
 *
 * <p>Not thread-safe: each task has its own.
 */
final class RowReader {

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                    // A value may be as large as a record; a number as long as PostgreSQL's
                    // numeric.
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxNestingDepth(5_000)
                                    .build())
                    .build();

    private static final Set<String> OPERATIONS =
            Set.of("snapshot", "insert", "update", "delete", "truncate");

    private static final Set<String> STAGES = Set.of("source", "ingest", "sink");

    static final Members ENTRY =
            new Members("an entry")
                    .required("id", Type.UUID)
                    .required("committed_at", Type.TIME)
                    .required("source", Type.TEXT)
                    .required("table_name", Type.TEXT)
                    .optional("entity_key", Type.TEXT)
                    .optional("old_entity_key", Type.TEXT)
                    .required("operation", Type.TEXT)
                    .optional("transaction_id", Type.LONG)
                    .required("sequence", Type.LONG)
                    .optional("position", Type.TEXT)
                    .optional("before", Type.OBJECT)
                    .optional("after", Type.OBJECT)
                    .optional("unknown_columns", Type.TEXTS)
                    .optional("actor", Type.TEXT);

    static final Members CONTEXT =
            new Members("a transaction's context")
                    .required("source", Type.TEXT)
                    .required("transaction_id", Type.LONG)
                    .required("committed_at", Type.TIME)
                    .optional("actor", Type.TEXT)
                    .optional("reason", Type.TEXT)
                    .optional("request_id", Type.TEXT)
                    .optional("attributes", Type.JSON);

    static final Members REJECTED =
            new Members("a rejected record")
                    .required("id", Type.UUID)
                    .required("rejected_at", Type.NANO_TIME)
                    .optional("source", Type.TEXT)
                    .required("stage", Type.TEXT)
                    .required("code", Type.TEXT)
                    .required("reason", Type.TEXT)
                    .optional("topic", Type.TEXT)
                    .optional("partition", Type.INT)
                    .optional("record_offset", Type.LONG)
                    .optional("table_name", Type.TEXT)
                    .optional("record_key", Type.TEXT)
                    .optional("record_value", Type.TEXT);

    static final Members WATERMARK =
            new Members("a watermark")
                    .required("source", Type.TEXT)
                    .required("changes_partition", Type.INT)
                    .required("changes_partitions", Type.INT)
                    .required("complete_until", Type.TIME)
                    .optional("position", Type.TEXT)
                    .optional("entries_partition", Type.INT)
                    .optional("entries_partitions", Type.INT);

    private final String entriesTopic;
    private final String transactionsTopic;
    private final String rejectedTopic;
    private final int entriesPartitions;
    private final Clock clock;
    private final @Nullable Object[] values = new @Nullable Object[16];

    RowReader(SinkConfig config, Clock clock) {
        this.entriesTopic = config.getString(SinkConfig.ENTRIES_TOPIC);
        this.transactionsTopic = config.getString(SinkConfig.TRANSACTIONS_TOPIC);
        this.rejectedTopic = config.getString(SinkConfig.REJECTED_TOPIC);
        this.entriesPartitions = config.getInt(SinkConfig.ENTRIES_PARTITIONS);
        this.clock = clock;
    }

    /**
     * The row of a record.
     *
     * @throws DataException if the value is not bytes, which is a wrong converter and not bad data
     */
    Row read(SinkRecord record) {
        try {
            String topic = record.originalTopic();
            byte[] value = value(record);
            if (topic.equals(entriesTopic)) {
                return isWatermark(record) ? watermark(record, value) : entry(record, value);
            }
            if (topic.equals(transactionsTopic)) {
                return context(record, value);
            }
            if (topic.equals(rejectedTopic)) {
                return rejected(record, value);
            }
            throw new Unreadable(
                    "unknown-topic",
                    "Topic %s is none of entries.topic, transactions.topic and rejected.topic: set one of"
                            + " them to it, or take it out of topics.",
                    topic);
        } catch (Unreadable e) {
            return refuse(record, e.code, e.reason);
        }
    }

    /** A record that cannot be stored as what it is, as a rejected row that can. */
    Row.Rejected refuse(SinkRecord record, String code, String reason) {
        String topic = record.originalTopic();
        int partition = Objects.requireNonNull(record.originalKafkaPartition());
        long offset = record.originalKafkaOffset();
        String storable = JsonText.storable(reason);
        return new Row.Rejected(
                record,
                RejectionId.of(Stage.SINK, topic, partition, offset, storable),
                Moment.of(clock.instant()),
                null,
                Stage.SINK.word(),
                code,
                storable,
                topic,
                partition,
                offset,
                null,
                base64(record.key()),
                base64(record.value()));
    }

    private static byte[] value(SinkRecord record) throws Unreadable {
        Object value = record.value();
        if (value == null) {
            throw new Unreadable(
                    "empty-record", "The record has no value; the contract knows no such record.");
        }
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        throw new DataException(
                "The sink's values must be bytes, but "
                        + record.originalTopic()
                        + " brings "
                        + value.getClass().getName()
                        + ": set value.converter=org.apache.kafka.connect.converters.ByteArrayConverter.");
    }

    private static boolean isWatermark(SinkRecord record) {
        Header kind =
                record.headers().isEmpty() ? null : record.headers().lastWithName("daybook.kind");
        if (kind == null) {
            return false;
        }
        return kind.value() instanceof byte[] bytes
                ? "watermark".equals(new String(bytes, StandardCharsets.UTF_8))
                : "watermark".equals(kind.value());
    }

    private Row entry(SinkRecord record, byte[] json) throws Unreadable {
        read(json, ENTRY);
        String operation = text(6);
        if (!OPERATIONS.contains(operation)) {
            throw new Unreadable(
                    "bad-value",
                    "operation is %s, but must be one of snapshot, insert, update, delete and truncate.",
                    operation);
        }
        return new Row.Entry(
                record,
                (UUID) present(0),
                (Moment) present(1),
                text(2),
                text(3),
                (String) values[4],
                (String) values[5],
                operation,
                (Long) values[7],
                (Long) present(8),
                (String) values[9],
                (JsonSlice) values[10],
                (JsonSlice) values[11],
                texts(12),
                (String) values[13]);
    }

    private Row context(SinkRecord record, byte[] json) throws Unreadable {
        read(json, CONTEXT);
        return new Row.Context(
                record,
                text(0),
                (Long) present(1),
                (Moment) present(2),
                (String) values[3],
                (String) values[4],
                (String) values[5],
                (JsonSlice) values[6]);
    }

    private Row rejected(SinkRecord record, byte[] json) throws Unreadable {
        read(json, REJECTED);
        String stage = text(3);
        if (!STAGES.contains(stage)) {
            throw new Unreadable(
                    "bad-value", "stage is %s, but must be one of source, ingest and sink.", stage);
        }
        return new Row.Rejected(
                record,
                (UUID) present(0),
                (Moment) present(1),
                (String) values[2],
                stage,
                text(4),
                text(5),
                (String) values[6],
                (Integer) values[7],
                (Long) values[8],
                (String) values[9],
                (String) values[10],
                (String) values[11]);
    }

    private Row watermark(SinkRecord record, byte[] json) throws Unreadable {
        read(json, WATERMARK);
        Integer partitions = (Integer) values[6];
        return new Row.Watermark(
                record,
                text(0),
                (Integer) present(1),
                Objects.requireNonNull(record.originalKafkaPartition()),
                (Integer) present(2),
                partitions == null ? entriesPartitions : partitions,
                (Moment) present(3),
                (String) values[4]);
    }

    private Object present(int index) {
        return Objects.requireNonNull(values[index]);
    }

    private String text(int index) {
        return (String) present(index);
    }

    @SuppressWarnings("unchecked")
    private @Nullable List<String> texts(int index) {
        return (List<String>) values[index];
    }

    /**
     * Reads the object's members into {@link #values}, at the places where {@code members} has
     * them.
     */
    private void read(byte[] json, Members members) throws Unreadable {
        Arrays.fill(values, null);
        int seen = 0;
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Unreadable(
                        "bad-shape",
                        "The value is not a JSON object, as %s must be.",
                        members.what);
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                Member member = members.byName.get(parser.currentName());
                if (member == null) {
                    throw new Unreadable(
                            "unknown-member",
                            "Member %s is not one that %s has; the sink must be at least as new as what"
                                    + " writes its topics: update the sink.",
                            parser.currentName(),
                            members.what);
                }
                int bit = 1 << member.index;
                if ((seen & bit) != 0) {
                    throw new Unreadable("bad-shape", "Member %s comes twice.", member.name);
                }
                seen |= bit;
                JsonToken token = parser.nextToken();
                if (token != JsonToken.VALUE_NULL) {
                    values[member.index] = member.type.read(parser, token, json, member.name);
                }
            }
            if (parser.nextToken() != null) {
                throw new Unreadable("not-json", "Something follows the JSON object.");
            }
        } catch (IOException e) {
            throw new Unreadable(
                    "not-json", "The value is not JSON: %s", firstLine(e.getMessage()));
        }
        for (Member member : members.required) {
            if (values[member.index] == null) {
                throw new Unreadable(
                        "missing-member",
                        "%s must have the member %s, not null.",
                        members.what,
                        member.name);
            }
        }
    }

    private static String firstLine(@Nullable String text) {
        String message = text == null ? "unreadable" : text;
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private static @Nullable String base64(@Nullable Object bytes) {
        if (bytes == null) {
            return null;
        }
        byte[] raw =
                bytes instanceof byte[] array
                        ? array
                        : bytes.toString().getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(raw);
    }

    /** What a member's value must be. */
    private enum Type {
        TEXT("a string") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(token == JsonToken.VALUE_STRING, name);
                String text = parser.getText();
                if (!JsonText.isStorable(text)) {
                    throw new Unreadable(
                            "bad-text",
                            "%s holds %s, which a text of the database cannot.",
                            name,
                            text.indexOf(0) >= 0
                                    ? "the character U+0000"
                                    : "half a surrogate pair");
                }
                return text;
            }
        },
        LONG("a whole number of 64 bits") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(
                        token == JsonToken.VALUE_NUMBER_INT
                                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER,
                        name);
                return parser.getLongValue();
            }
        },
        INT("a whole number of 32 bits") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(
                        token == JsonToken.VALUE_NUMBER_INT
                                && parser.getNumberType() == JsonParser.NumberType.INT,
                        name);
                return parser.getIntValue();
            }
        },
        TIME(
                "a time such as 2026-11-22T09:30:00.123456Z, in UTC, with six fraction digits at most") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(token == JsonToken.VALUE_STRING, name);
                Moment moment = Moment.parse(parser.getText());
                expect(moment != null, name);
                return Objects.requireNonNull(moment);
            }
        },
        UUID("a UUID") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(token == JsonToken.VALUE_STRING && parser.getTextLength() == 36, name);
                String text = parser.getText();
                UUID id;
                try {
                    id = java.util.UUID.fromString(text);
                } catch (IllegalArgumentException e) {
                    throw wrong(name);
                }
                // The parser of Java takes groups of other lengths as well.
                expect(id.toString().equals(text.toLowerCase(Locale.ROOT)), name);
                return id;
            }
        },
        NANO_TIME("a time such as 2026-11-22T09:30:00.123456789Z, in UTC") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(token == JsonToken.VALUE_STRING, name);
                Moment moment = Moment.parseNanos(parser.getText());
                expect(moment != null, name);
                return Objects.requireNonNull(moment);
            }
        },
        JSON("JSON") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                long from = parser.currentTokenLocation().getByteOffset();
                if (token.isStructStart()) {
                    parser.skipChildren();
                } else {
                    parser.finishToken();
                }
                long to = parser.currentLocation().getByteOffset();
                if (from < 0) {
                    throw new Unreadable("not-json", "The value is not JSON in UTF-8.");
                }
                return new JsonSlice(json, (int) from, (int) to);
            }
        },
        OBJECT("a JSON object") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(token == JsonToken.START_OBJECT, name);
                return JSON.read(parser, token, json, name);
            }
        },
        TEXTS("an array of strings") {
            @Override
            Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                    throws IOException, Unreadable {
                expect(token == JsonToken.START_ARRAY, name);
                List<String> texts = new ArrayList<>();
                JsonToken element;
                while ((element = parser.nextToken()) != JsonToken.END_ARRAY) {
                    expect(element == JsonToken.VALUE_STRING, name);
                    texts.add((String) TEXT.read(parser, element, json, name));
                }
                return texts;
            }
        };

        private final String words;

        Type(String words) {
            this.words = words;
        }

        abstract Object read(JsonParser parser, JsonToken token, byte[] json, String name)
                throws IOException, Unreadable;

        final void expect(boolean holds, String name) throws Unreadable {
            if (!holds) {
                throw wrong(name);
            }
        }

        final Unreadable wrong(String name) {
            return new Unreadable("bad-value", "%s must be %s.", name, words);
        }
    }

    private record Member(int index, String name, Type type) {}

    /** The members that a kind of record may have. */
    static final class Members {
        final String what;
        private final Map<String, Member> byName = new HashMap<>();
        private final List<Member> required = new ArrayList<>();

        Members(String what) {
            this.what = what;
        }

        Set<String> names() {
            return Set.copyOf(byName.keySet());
        }

        private Members required(String name, Type type) {
            optional(name, type);
            required.add(Objects.requireNonNull(byName.get(name)));
            return this;
        }

        private Members optional(String name, Type type) {
            byName.put(name, new Member(byName.size(), name, type));
            return this;
        }
    }

    /** Why a record is not what the contract says; never leaves this class. */
    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        private final String code;
        private final String reason;

        Unreadable(String code, String reason, Object... arguments) {
            super(reason, null, false, false);
            this.code = code;
            this.reason = reason.formatted(arguments);
        }
    }
}
