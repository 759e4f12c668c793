package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.RowImage;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Finds how a column's values are spelled: from the record's schema, and where that does not tell,
 * from the column's type in the source. Not for several threads.
 */
final class ValueTypes {

    private static final ValueType DATE = ValueType.counted(PgTime::date);
    private static final ValueType ISO_DATE = ValueType.written(PgTime::isoDate);
    private static final ValueType ISO_TIME = ValueType.written(PgTime::isoTime);
    private static final ValueType ISO_INTERVAL = ValueType.written(PgTime::interval);

    private static final ValueType ZONED_TIME =
            ValueType.written(
                    text -> {
                        String time = text.endsWith("Z") ? PgTime.isoTime(text) : null;
                        return time == null ? null : time + "+00";
                    });

    private static final ValueType ZONED_TIMESTAMP = isoTimestamp("+00");
    private static final ValueType ISO_TIMESTAMP = isoTimestamp("");

    /** So many characters of base64 are written at a time, the last of them filled up. */
    private static final int BASE64_GROUP = 4;

    private static final Pattern HEX = Pattern.compile("(?:[0-9a-f]{2})*+");

    /** A value of a column of which nothing is known: a number may be a date, a string bytes. */
    private static final ValueType UNTYPED =
            new ValueType(
                    raw ->
                            switch (raw.charAt(0)) {
                                case '"' ->
                                        isPlainText(raw) ? ValueType.TEXT.token().of(raw) : null;
                                case 't', 'f' -> raw;
                                case '{' -> PgNumber.variableDecimal(raw);
                                default -> null;
                            },
                    raw ->
                            switch (raw.charAt(0)) {
                                case '"' -> isPlainText(raw) ? JsonText.scalar(raw) : null;
                                case 't', 'f' -> raw.substring(0, 1);
                                case '{' -> PgNumber.variableDecimal(raw);
                                default -> null;
                            });

    /**
     * A numeric of which no schema has the scale: its text must not be taken for base64, or back.
     */
    private static final ValueType UNSCALED =
            ValueType.number(
                    raw ->
                            ValueType.isString(raw)
                                            && !isPlainText(raw)
                                            && !raw.equals("\"NaN\"")
                                            && !raw.equals("\"Infinity\"")
                                    ? null
                                    : PgNumber.numeric(raw));

    /**
     * Bytes of which no schema says how they are written: hexadecimal digits are base64 as well.
     */
    private static final ValueType UNTYPED_BYTES =
            new ValueType(
                    raw -> isHex(raw) ? null : ValueType.BYTES.token().of(raw),
                    raw -> isHex(raw) ? null : ValueType.BYTES.text().of(raw));

    private final JsonScanner scanner = new JsonScanner(new TextCache());

    /** Returns how values with a schema are spelled. */
    ValueType of(ConnectSchema schema, @Nullable String columnType) {
        String type = schema.sourceType() != null ? schema.sourceType() : columnType;
        String name = schema.name();
        if (name == null) {
            return unnamed(schema, type == null ? null : base(type));
        }
        return switch (name) {
            case "org.apache.kafka.connect.data.Decimal" ->
                    type != null && base(type).equals("money")
                            ? ValueType.UNKNOWN
                            : decimal(schema.parameters().get("scale"));
            case "io.debezium.data.VariableScaleDecimal" ->
                    ValueType.number(PgNumber::variableDecimal);
            case "io.debezium.data.Json" ->
                    type != null && base(type).equals("hstore") ? hstore() : ValueType.TEXT;
            case "io.debezium.data.Uuid",
                    "io.debezium.data.Enum",
                    "io.debezium.data.Xml",
                    "io.debezium.data.Ltree",
                    "io.debezium.data.TsVector" ->
                    ValueType.TEXT;
            case "io.debezium.time.Date", "org.apache.kafka.connect.data.Date" -> DATE;
            case "io.debezium.time.Time" ->
                    ValueType.counted(millis -> PgTime.time(Math.multiplyExact(millis, 1_000L)));
            case "io.debezium.time.MicroTime" -> ValueType.counted(PgTime::time);
            case "io.debezium.time.NanoTime" ->
                    ValueType.counted(nanos -> PgTime.time(Math.floorDiv(nanos, 1_000L)));
            case "io.debezium.time.Timestamp" -> timestamp(PgTime::microsOfMillis);
            case "io.debezium.time.MicroTimestamp" -> timestamp(micros -> micros);
            case "io.debezium.time.NanoTimestamp" ->
                    timestamp(nanos -> Math.floorDiv(nanos, 1_000L));
            case "io.debezium.time.ZonedTimestamp" -> ZONED_TIMESTAMP;
            case "io.debezium.time.ZonedTime" -> ZONED_TIME;
            case "io.debezium.time.IsoDate" -> ISO_DATE;
            case "io.debezium.time.IsoTime" -> ISO_TIME;
            case "io.debezium.time.IsoTimestamp" -> ISO_TIMESTAMP;
            case "io.debezium.time.MicroDuration" ->
                    ValueType.counted(micros -> PgTime.interval(micros));
            case "io.debezium.time.NanoDuration" ->
                    ValueType.counted(nanos -> PgTime.interval(Math.floorDiv(nanos, 1_000L)));
            case "io.debezium.time.Interval" -> ISO_INTERVAL;
            // Connect's own times are cut to milliseconds; bits have lost their length; and what
            // Debezium may add some day is not guessed at.
            default -> ValueType.UNKNOWN;
        };
    }

    private ValueType unnamed(ConnectSchema schema, @Nullable String type) {
        return switch (schema.type()) {
            case "string" ->
                    type == null
                            ? ValueType.TEXT
                            : switch (type) {
                                case "numeric", "decimal" -> ValueType.NUMERIC;
                                case "bytea" -> UNTYPED_BYTES;
                                case "hstore" -> hstore();
                                case "money" -> ValueType.UNKNOWN;
                                default -> ValueType.TEXT;
                            };
            case "int8", "int16", "int32", "int64" -> ValueType.INTEGER;
            case "float" -> ValueType.REAL;
            case "double" ->
                    type == null || !type.equals("numeric") ? ValueType.DOUBLE : ValueType.NUMERIC;
            case "boolean" ->
                    type != null && (type.equals("bit") || type.equals("varbit"))
                            ? ValueType.BIT
                            : ValueType.BOOLEAN;
            case "bytes" -> ValueType.BYTES;
            case "map" -> hstore();
            case "array" ->
                    schema.items() == null
                            ? ValueType.UNKNOWN
                            : array(of(schema.items(), type == null ? null : element(type)));
            default -> ValueType.UNKNOWN;
        };
    }

    /**
     * Returns how values without a schema are spelled.
     *
     * @param columnType the column's type in the source, or null if it is not known
     */
    ValueType untyped(@Nullable String columnType) {
        if (columnType == null) {
            return arrayOr(UNTYPED);
        }
        String type = base(columnType);
        if (!element(type).equals(type)) {
            return array(untyped(element(type)));
        }
        return switch (type) {
            case "smallint", "integer", "bigint", "int2", "int4", "int8", "oid" ->
                    ValueType.INTEGER;
            case "real", "float4" -> ValueType.REAL;
            case "double precision", "float8" -> ValueType.DOUBLE;
            case "boolean", "bool" -> ValueType.BOOLEAN;
            case "bit" -> ValueType.BIT;
            case "numeric", "decimal" -> UNSCALED;
            case "bytea" -> UNTYPED_BYTES;
            case "date" -> ISO_DATE;
            case "time without time zone", "time" -> ISO_TIME;
            case "time with time zone", "timetz" -> ZONED_TIME;
            case "timestamp without time zone", "timestamp" -> ISO_TIMESTAMP;
            case "timestamp with time zone", "timestamptz" -> ZONED_TIMESTAMP;
            case "interval" -> ISO_INTERVAL;
            case "hstore" -> hstore();
            case "bit varying", "varbit", "money" -> ValueType.UNKNOWN;
            default -> ValueType.TEXT;
        };
    }

    private static ValueType decimal(@Nullable String scale) {
        Long digits = scale == null ? null : PgNumber.whole(scale);
        if (digits == null || Math.abs(digits) > Short.MAX_VALUE) {
            return ValueType.UNKNOWN;
        }
        int known = digits.intValue();
        return ValueType.number(raw -> PgNumber.decimal(raw, known));
    }

    private interface Micros {
        long of(long count);
    }

    private static ValueType timestamp(Micros micros) {
        return new ValueType(
                raw -> {
                    Long count = PgNumber.whole(raw);
                    String text = count == null ? null : PgTime.logTimestamp(micros.of(count), "");
                    return text == null ? null : JsonText.quoted(text);
                },
                raw -> {
                    Long count = PgNumber.whole(raw);
                    return count == null ? null : PgTime.timestamp(micros.of(count), "");
                });
    }

    private static ValueType isoTimestamp(String zone) {
        return new ValueType(
                raw -> {
                    if (!ValueType.isString(raw)) {
                        return null;
                    }
                    String iso = JsonText.scalar(raw);
                    if (isSpelledAlready(iso)) {
                        return raw;
                    }
                    String text = PgTime.logTimestamp(iso, zone);
                    return text == null ? null : JsonText.quoted(text);
                },
                raw ->
                        ValueType.isString(raw)
                                ? PgTime.timestamp(JsonText.scalar(raw), zone)
                                : null);
    }

    /** Returns whether a time is one that the log writes as it is, as most are. */
    private static boolean isSpelledAlready(String iso) {
        return WireTime.parseExactly(iso) != WireTime.NO_TIME
                && (iso.length() == 20 || iso.charAt(iso.length() - 2) != '0');
    }

    private ValueType array(ValueType element) {
        return ValueType.ofText(raw -> arrayText(raw, element));
    }

    /** Returns a type that reads arrays of its values too. */
    private ValueType arrayOr(ValueType element) {
        return new ValueType(
                raw -> {
                    if (raw.charAt(0) != '[') {
                        return element.token().of(raw);
                    }
                    String text = arrayText(raw, element);
                    return text == null ? null : JsonText.quoted(text);
                },
                element.text());
    }

    private @Nullable String arrayText(String raw, ValueType element) {
        if (raw.charAt(0) != '[') {
            return null;
        }
        List<String> elements = new ArrayList<>();
        try {
            scanner.reset(raw.getBytes(StandardCharsets.UTF_8));
            scanner.beginArray();
            while (scanner.nextElement()) {
                elements.add(scanner.readRaw());
            }
        } catch (JsonProblem notAnArray) {
            return null;
        }
        List<@Nullable String> texts = new ArrayList<>();
        for (String each : elements) {
            String text = each.equals(RowImage.NULL) ? null : element.textOf(each);
            if (text == null && !each.equals(RowImage.NULL)) {
                return null;
            }
            texts.add(text);
        }
        return PgText.array(texts);
    }

    /** Returns the type of hstores: a map, or JSON in a string. */
    private ValueType hstore() {
        return ValueType.ofText(
                raw -> {
                    String json = ValueType.isString(raw) ? JsonText.scalar(raw) : raw;
                    Map<String, @Nullable String> pairs = new HashMap<>();
                    try {
                        scanner.reset(json.getBytes(StandardCharsets.UTF_8));
                        scanner.beginObject();
                        for (String key = scanner.nextMember();
                                key != null;
                                key = scanner.nextMember()) {
                            pairs.put(key, scanner.readNull() ? null : scanner.readString());
                        }
                        scanner.expectEnd();
                    } catch (JsonProblem notPairs) {
                        return null;
                    }
                    return PgText.hstore(pairs);
                });
    }

    private static boolean isPlainText(String raw) {
        return !mayBeBase64(JsonText.scalar(raw));
    }

    /** Returns whether a text could be bytes in base64, or in base64 for URLs. */
    private static boolean mayBeBase64(String text) {
        int length = text.length();
        if (length % BASE64_GROUP != 0) {
            return false;
        }
        int end = length;
        if (text.endsWith("==")) {
            end -= 2;
        } else if (text.endsWith("=")) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            boolean digit =
                    c >= 'a' && c <= 'z'
                            || c >= 'A' && c <= 'Z'
                            || c >= '0' && c <= '9'
                            || c == '+'
                            || c == '/'
                            || c == '_'
                            || c == '-';
            if (!digit) {
                return false;
            }
        }
        return true;
    }

    private static boolean isHex(String raw) {
        return ValueType.isString(raw) && HEX.matcher(JsonText.scalar(raw)).matches();
    }

    /** Returns a type's name in lower case, without its length. */
    private static String base(String type) {
        String name = type.toLowerCase(Locale.ROOT);
        int from = name.indexOf('(');
        int to = name.indexOf(')', from + 1);
        return from < 0 || to < 0 ? name : name.substring(0, from) + name.substring(to + 1);
    }

    /** Returns the type of an array's elements, or the type itself if it is no array. */
    private static String element(String type) {
        return type.endsWith("[]")
                ? type.substring(0, type.length() - 2)
                : type.startsWith("_") ? type.substring(1) : type;
    }
}
