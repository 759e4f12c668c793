package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;

/**
 * Reads the members of a record's value, whatever order they come in: an envelope, or a record of
 * the connector's own. Filled in again for each record.
 */
final class Envelope {

    /** The value of {@code op} of each kind of envelope. */
    static final String CREATE = "c";

    static final String READ = "r";
    static final String UPDATE = "u";
    static final String DELETE = "d";
    static final String TRUNCATE = "t";
    static final String MESSAGE = "m";

    private static final int OP = 1;
    private static final int BEFORE = 1 << 1;
    private static final int AFTER = 1 << 2;
    private static final int SOURCE = 1 << 3;
    private static final int TRANSACTION = 1 << 4;
    private static final int CONTENT = 1 << 5;
    private static final int STATUS = 1 << 6;
    private static final int TS_MS = 1 << 7;
    private static final int TS_US = 1 << 8;
    private static final int TS_NS = 1 << 9;

    // Members of "source".
    private static final int CONNECTOR = 1 << 10;
    private static final int SNAPSHOT = 1 << 11;
    private static final int SCHEMA = 1 << 12;
    private static final int TABLE = 1 << 13;
    private static final int MILLIS = 1 << 14;
    private static final int MICROS = 1 << 15;
    private static final int TRANSACTION_ID = 1 << 16;
    private static final int LSN = 1 << 17;

    private final JsonScanner scanner;
    private final RowImage.Builder image = new RowImage.Builder();

    private int seen;
    private boolean hasOthers;
    private Set<String> others = Set.of();

    @Nullable ConnectSchema schema;
    @Nullable String op;
    @Nullable RowImage before;
    @Nullable RowImage after;

    @Nullable String connector;
    @Nullable String snapshot;
    String schemaName = "";
    String table = "";
    @Nullable Long millis;
    @Nullable Long micros;
    @Nullable Long transactionId;
    @Nullable Long lsn;

    @Nullable Long totalOrder;
    @Nullable String status;
    @Nullable String prefix;
    @Nullable String content;

    Envelope(JsonScanner scanner) {
        this.scanner = scanner;
    }

    private void clear() {
        seen = 0;
        hasOthers = false;
        others = Set.of();
        schema = null;
        op = null;
        before = null;
        after = null;
        connector = null;
        snapshot = null;
        schemaName = "";
        table = "";
        millis = null;
        micros = null;
        transactionId = null;
        lsn = null;
        totalOrder = null;
        status = null;
        prefix = null;
        content = null;
    }

    /** Reads a value, with its schema beside it or without one. */
    void read(byte[] value, String topic, SchemaCache schemas) throws JsonProblem {
        clear();
        scanner.reset(value);
        int payloadFrom = -1;
        int payloadTo = -1;
        boolean hasSchema = false;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "schema" -> {
                    other(member);
                    schema = schemas.read(topic, value, scanner);
                    hasSchema = true;
                }
                case "payload" -> {
                    other(member);
                    if (hasSchema && scanner.peek() == '{') {
                        scanner.beginObject();
                        members();
                        payloadFrom = 0;
                    } else {
                        scanner.peek();
                        payloadFrom = scanner.position();
                        scanner.skipValue();
                        payloadTo = scanner.position();
                    }
                }
                default -> member(member);
            }
        }
        scanner.expectEnd();
        if (payloadTo > 0 && hasSchema) {
            scanner.reset(value, payloadFrom, payloadTo);
            scanner.beginObject();
            members();
        }
        if (hasSchema && payloadFrom >= 0) {
            hasOthers = others.size() > 2;
        }
    }

    private void members() throws JsonProblem {
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            member(member);
        }
    }

    private void member(String member) throws JsonProblem {
        switch (member) {
            case "op" -> {
                once(OP, member);
                op = text(member);
            }
            case "before" -> {
                once(BEFORE, member);
                before = readImage();
            }
            case "after" -> {
                once(AFTER, member);
                after = readImage();
            }
            case "source" -> {
                once(SOURCE, member);
                readSource();
            }
            case "transaction" -> {
                once(TRANSACTION, member);
                readTransaction();
            }
            case "message" -> {
                once(CONTENT, member);
                readMessage();
            }
            case "status" -> {
                once(STATUS, member);
                status = scanner.peek() == '"' ? scanner.readString() : skipped();
            }
            case "ts_ms" -> skipOnce(TS_MS, member);
            case "ts_us" -> skipOnce(TS_US, member);
            case "ts_ns" -> skipOnce(TS_NS, member);
            default -> {
                other(member);
                scanner.skipValue();
            }
        }
    }

    /** Returns whether the value is an envelope around a change or a message. */
    boolean isEnvelope() {
        return (seen & OP) != 0 && (seen & SOURCE) != 0;
    }

    /** Returns whether the value is a connector's sign of life: a time, and nothing else. */
    boolean isHeartbeat() {
        return (seen & TS_MS) != 0 && (seen & ~(TS_MS | TS_US | TS_NS)) == 0 && !hasOthers;
    }

    /** Returns whether the value says that a transaction begins or ends. */
    boolean isTransaction() {
        return status != null && (seen & (OP | SOURCE)) == 0 && others.contains("event_count");
    }

    private @Nullable RowImage readImage() throws JsonProblem {
        if (scanner.readNull()) {
            return null;
        }
        if (scanner.peek() != '{') {
            scanner.skipValue();
            return null;
        }
        return readColumns(scanner, image);
    }

    /** Reads an object of columns, each value as it was written. */
    static RowImage readColumns(JsonScanner scanner, RowImage.Builder image) throws JsonProblem {
        image.clear();
        scanner.beginObject();
        for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
            if (scanner.lastHadEscapes() && !JsonText.isStorable(name)) {
                throw new JsonProblem(
                        "name-not-storable",
                        "A column's name holds U+0000 or half a surrogate pair, which PostgreSQL"
                                + " cannot store: rename it in the source.");
            }
            image.add(name, scanner.readRaw());
        }
        String twice = image.firstDuplicate();
        if (twice != null) {
            throw duplicate(twice);
        }
        return image.build();
    }

    private void readSource() throws JsonProblem {
        if (notAnObject()) {
            return;
        }
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "connector" -> {
                    once(CONNECTOR, member);
                    connector = text(member);
                }
                case "snapshot" -> {
                    once(SNAPSHOT, member);
                    snapshot = scanner.peek() == '"' ? scanner.readString() : skipped();
                }
                case "schema" -> {
                    once(SCHEMA, member);
                    schemaName = orEmpty(text(member));
                }
                case "table" -> {
                    once(TABLE, member);
                    table = orEmpty(text(member));
                }
                case "ts_ms" -> {
                    once(MILLIS, member);
                    millis = number(member);
                }
                case "ts_us" -> {
                    once(MICROS, member);
                    micros = number(member);
                }
                case "txId" -> {
                    once(TRANSACTION_ID, member);
                    transactionId = number(member);
                }
                case "lsn" -> {
                    once(LSN, member);
                    lsn = number(member);
                }
                default -> scanner.skipValue();
            }
        }
    }

    private void readTransaction() throws JsonProblem {
        if (notAnObject()) {
            return;
        }
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            if (member.equals("total_order")) {
                if (totalOrder != null) {
                    throw duplicate(member);
                }
                totalOrder = number(member);
            } else {
                scanner.skipValue();
            }
        }
    }

    private void readMessage() throws JsonProblem {
        if (notAnObject()) {
            return;
        }
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "prefix" -> prefix = text(member);
                case "content" -> content = text(member);
                default -> scanner.skipValue();
            }
        }
    }

    /** Passes over a value that is no object; returns false, and leaves it, if it is one. */
    private boolean notAnObject() throws JsonProblem {
        if (scanner.peek() == '{') {
            return false;
        }
        scanner.skipValue();
        return true;
    }

    private @Nullable String skipped() throws JsonProblem {
        scanner.skipValue();
        return null;
    }

    private @Nullable String text(String member) throws JsonProblem {
        if (scanner.readNull()) {
            return null;
        }
        if (scanner.peek() != '"') {
            throw new JsonProblem("bad-member", "The member \"" + member + "\" must be a string.");
        }
        return scanner.readString();
    }

    private @Nullable Long number(String member) throws JsonProblem {
        long count = scanner.readCount();
        if (count >= 0) {
            return count;
        }
        if (scanner.readNull()) {
            return null;
        }
        String raw = scanner.readRaw();
        Long value = PgNumber.whole(raw);
        if (value == null || value < 0) {
            throw new JsonProblem(
                    "bad-number",
                    "The member \""
                            + member
                            + "\" is "
                            + raw
                            + ": it must be a whole number from 0 to 2^63-1.");
        }
        return value;
    }

    private void skipOnce(int bit, String member) throws JsonProblem {
        once(bit, member);
        scanner.skipValue();
    }

    private void once(int bit, String member) throws JsonProblem {
        if ((seen & bit) != 0) {
            throw duplicate(member);
        }
        seen |= bit;
    }

    private void other(String member) throws JsonProblem {
        if (others.isEmpty()) {
            others = new HashSet<>();
        }
        if (!others.add(member)) {
            throw duplicate(member);
        }
        hasOthers = true;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    static JsonProblem duplicate(String member) {
        return new JsonProblem(
                "duplicate-member", "The member \"" + member + "\" is there twice: send it once.");
    }
}
