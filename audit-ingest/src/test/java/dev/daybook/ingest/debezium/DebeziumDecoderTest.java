package dev.daybook.ingest.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

class DebeziumDecoderTest {

    private static final String PLACEHOLDER = DebeziumFormat.UNAVAILABLE_VALUE;
    private static final String KEY = "{\"id\":1}";

    private final DebeziumDecoder decoder = decoder(DebeziumFormat.DEFAULT, null);

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "unknown",
            value = {
                "int64|                                    |-7                          |-7",
                "float|                                    |1.5                         |1.5",
                "float|                                    |1.0E10                      |1e+10",
                "float|                                    |100000.0                    |100000",
                "float|                                    |1000000.0                   |1e+06",
                "double|                                   |1.0                         |1",
                "double|                                   |1.0E-5                      |1e-05",
                "double|                                   |1.0E14                      |100000000000000",
                "double|                                   |1.0E15                      |1e+15",
                "double|                                   |0.1                         |0.1",
                "double|                                   |-0.0                        |-0",
                "double|                                   |\"NaN\"                     |\"NaN\"",
                "double|                                   |\"-Infinity\"               |\"-Infinity\"",
                "string|                                   |\"a\\u001Fb\"               |\"a\\u001fb\"",
                "string|                                   |7                           |unknown",
                "bytes|                                    |\"\"                        |\"0x\"",
                "bytes|                                    |\"not base64\"              |unknown",
                "string|io.debezium.data.Json              |\"{}\"                      |\"{}\"",
                "int32|io.debezium.time.Date               |-719893                     |\"0002-01-01 BC\"",
                "int32|io.debezium.time.Date               |-719528                     |\"0001-01-01 BC\"",
                "int32|io.debezium.time.Date               |2932897                     |\"10000-01-01\"",
                "int32|org.apache.kafka.connect.data.Date  |0                           |\"1970-01-01\"",
                "int32|io.debezium.time.Time               |36672500                    |\"10:11:12.5\"",
                "int64|io.debezium.time.MicroTime          |86400000000                 |\"24:00:00\"",
                "int64|io.debezium.time.MicroTime          |-1                          |unknown",
                "int64|io.debezium.time.Timestamp          |1772352000120               |\"2026-03-01T08:00:00.12Z\"",
                "int64|io.debezium.time.MicroTimestamp     |1772352000000000            |\"2026-03-01T08:00:00Z\"",
                "int64|io.debezium.time.MicroTimestamp     |9223372036825200000         |\"infinity\"",
                "int64|io.debezium.time.MicroTimestamp     |-9223372036832400000        |\"-infinity\"",
                "int64|io.debezium.time.MicroTimestamp     |9223372036854775807         |unknown",
                "int64|io.debezium.time.Timestamp          |9223372036825200            |\"infinity\"",
                "int64|io.debezium.time.MicroTimestamp     |-62167219200000000          |\"0001-01-01 00:00:00 BC\"",
                "int64|io.debezium.time.NanoTimestamp      |1772352000123456000         |\"2026-03-01T08:00:00.123456Z\"",
                "int64|org.apache.kafka.connect.data.Timestamp|1772352000123            |unknown",
                "string|io.debezium.time.ZonedTimestamp    |\"2026-03-01T08:00:00.120000Z\"|\"2026-03-01T08:00:00.12Z\"",
                "string|io.debezium.time.ZonedTimestamp    |\"2026-03-01T10:00:00+02:00\"|\"2026-03-01T08:00:00Z\"",
                "string|io.debezium.time.ZonedTimestamp    |\"+10000-01-01T00:00:00Z\"  |\"10000-01-01T00:00:00Z\"",
                "string|io.debezium.time.ZonedTimestamp    |\"-0043-03-15T12:00:00Z\"   |\"0044-03-15 12:00:00+00 BC\"",
                "string|io.debezium.time.ZonedTimestamp    |\"-infinity\"               |\"-infinity\"",
                "string|io.debezium.time.ZonedTimestamp    |\"soon\"                    |unknown",
                "string|io.debezium.time.ZonedTime         |\"10:11:12.5Z\"             |\"10:11:12.5+00\"",
                "string|io.debezium.time.IsoDate           |\"2026-03-05Z\"             |\"2026-03-05\"",
                "string|io.debezium.time.IsoTimestamp      |\"2026-03-01T08:00:00.5Z\"  |\"2026-03-01T08:00:00.5Z\"",
                "string|io.debezium.time.Interval          |\"P1Y2M3DT4H5M6.78S\"       |\"1 year 2 mons 3 days 04:05:06.78\"",
                "string|io.debezium.time.Interval          |\"P0Y0M-1DT2H3M0.0S\"       |\"-1 days +02:03:00\"",
                "string|io.debezium.time.Interval          |\"P0Y0M0DT0H0M0.0S\"        |\"00:00:00\"",
                "string|io.debezium.time.Interval          |\"P0Y0M1DT-2H0M-0.5S\"      |\"1 day -02:00:00.5\"",
                "int64|io.debezium.time.MicroDuration      |-500000                     |\"-00:00:00.5\"",
                "int64|io.debezium.time.MicroDuration      |2629800000000               |unknown",
                "struct|io.debezium.data.geometry.Point    |{\"x\":1.0,\"y\":2.0}       |unknown",
                "bytes|io.debezium.data.Bits               |\"BQ==\"                    |unknown",
                "map|                                      |{\"bb\":\"1\",\"a\":null,\"c\":\"q\\\"\"}|\"\\\"a\\\"=>NULL, \\\"c\\\"=>\\\"q\\\\\\\"\\\", \\\"bb\\\"=>\\\"1\\\"\"",
            })
    void aValueWithASchemaIsSpelledAsOurOwnCaptureDoes(
            String type, @Nullable String name, String value, @Nullable String token) {
        assertThat(value(schema(type, name), value)).isEqualTo(token);
    }

    @Test
    void aDecimalHasTheScaleOfItsSchemaOrItsOwn() {
        String decimal =
                "{\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\","
                        + "\"parameters\":{\"scale\":\"3\"},\"optional\":true,\"field\":\"x\"}";
        assertThat(value(decimal, "\"Bdw=\"")).isEqualTo("1.500");
        assertThat(value(decimal, "\"/w==\"")).isEqualTo("-0.001");
        assertThat(value(decimal, "1.500")).isEqualTo("1.500");
        assertThat(value(decimal, "\"\"")).isNull();
        assertThat(
                        value(
                                schema("struct", "io.debezium.data.VariableScaleDecimal"),
                                "{\"scale\":2,\"value\":\"BMk=\"}"))
                .isEqualTo("12.25");
    }

    @Test
    void anArrayIsPostgresText() {
        assertThat(value(array(schema("string", null)), "[\"a b\",null,\"NULL\",\"\",\"q\\\"\"]"))
                .isEqualTo("\"{\\\"a b\\\",NULL,\\\"NULL\\\",\\\"\\\",\\\"q\\\\\\\"\\\"}\"");
        assertThat(value(array(schema("int32", null)), "[1,2]")).isEqualTo("\"{1,2}\"");
        assertThat(value(array(schema("boolean", null)), "[true]")).isEqualTo("\"{t}\"");
        assertThat(value(array(schema("bytes", null)), "[\"AQI=\"]"))
                .isEqualTo("\"{\\\"\\\\\\\\x0102\\\"}\"");
        assertThat(value(array(schema("int64", "io.debezium.time.MicroTimestamp")), "[0]"))
                .isEqualTo("\"{\\\"1970-01-01 00:00:00\\\"}\"");
        assertThat(value(array(schema("string", null)), "[[\"a\"]]")).isNull();
    }

    @Test
    void anUnavailableValueIsUnknownInEveryShape() {
        String base64 =
                Base64.getEncoder().encodeToString(PLACEHOLDER.getBytes(StandardCharsets.UTF_8));
        StringBuilder numbers = new StringBuilder("[");
        for (byte b : PLACEHOLDER.getBytes(StandardCharsets.UTF_8)) {
            numbers.append(numbers.length() > 1 ? "," : "").append(b);
        }
        assertThat(value(schema("string", null), '"' + PLACEHOLDER + '"')).isNull();
        assertThat(value(schema("bytes", null), '"' + base64 + '"')).isNull();
        assertThat(value(array(schema("string", null)), "[\"" + PLACEHOLDER + "\"]")).isNull();
        assertThat(value(array(schema("int32", null)), numbers + "]")).isNull();
        assertThat(value(schema("map", null), "{\"" + PLACEHOLDER + "\":\"" + PLACEHOLDER + "\"}"))
                .isNull();
        assertThat(value(schema("string", null), "\"not " + PLACEHOLDER + "\"")).isNotNull();
    }

    @Test
    void thePlaceholderIsTheOneThatTheConnectorHas() {
        DebeziumDecoder own =
                decoder(
                        new DebeziumFormat(
                                "gone", DebeziumFormat.DEFAULT.contextTable(), false, 1 << 20),
                        null);
        assertThat(value(own, schema("string", null), "\"gone\"")).isNull();
        assertThat(value(own, schema("string", null), '"' + PLACEHOLDER + '"')).isNotNull();
    }

    @Test
    void withoutSchemaAndCatalogNumbersAndWhatCouldBeBase64AreUnknown() {
        assertThat(value("20517")).isNull();
        assertThat(value("\"Bdw=\"")).isNull();
        assertThat(value("\"calm\"")).isNull();
        assertThat(value("\"first\"")).isEqualTo("\"first\"");
        assertThat(value("true")).isEqualTo("true");
        assertThat(value("null")).isEqualTo("null");
        assertThat(value("{\"scale\":2,\"value\":\"BMk=\"}")).isEqualTo("12.25");
        assertThat(value("[\"x\",\"y\"]")).isEqualTo("\"{x,y}\"");
        assertThat(value("[\"calm\"]")).isNull();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            nullValues = "unknown",
            value = {
                "integer                    |7                   |7",
                "text                       |\"calm\"            |\"calm\"",
                "mood                       |\"calm\"            |\"calm\"",
                "numeric(8,3)               |\"Bdw=\"            |unknown",
                "numeric(8,3)               |\"1234\"            |unknown",
                "numeric(8,3)               |\"12.250\"          |12.250",
                "numeric                    |\"NaN\"             |\"NaN\"",
                "date                       |20517               |unknown",
                "date                       |\"2026-03-05Z\"     |\"2026-03-05\"",
                "timestamp(3) without time zone|1772352000123    |unknown",
                "bytea                      |\"AQL/\"            |\"0x0102FF\"",
                "bytea                      |\"0102\"            |unknown",
                "double precision           |1.0E20              |1e+20",
                "text[]                     |[\"calm\"]          |\"{calm}\"",
                "integer[]                  |[7]                 |\"{7}\"",
                "hstore                     |\"{\\\"a\\\":\\\"1\\\"}\"|\"\\\"a\\\"=>\\\"1\\\"\"",
            })
    void theCatalogTellsTheTypesWhereNoSchemaDoes(
            String type, String value, @Nullable String token) {
        assertThat(value(decoder(DebeziumFormat.DEFAULT, type), null, value)).isEqualTo(token);
    }

    @Test
    void aNumericAsAStringIsANumberWhereItsTypeIsTold() {
        String told =
                "{\"type\":\"string\",\"parameters\":{\"__debezium.source.column.type\":\"NUMERIC\"},\"field\":\"x\"}";
        assertThat(value(told, "\"12.250\"")).isEqualTo("12.250");
        assertThat(value(told, "\"NaN\"")).isEqualTo("\"NaN\"");
        assertThat(
                        value(
                                decoder(DebeziumFormat.DEFAULT, "numeric"),
                                schema("string", null),
                                "\"1234\""))
                .isEqualTo("1234");
    }

    @Test
    void beforeIsEvidenceOfAKeyedTableOnlyWithFullIdentity() {
        String update = envelope("u", "{\"id\":1,\"x\":\"\"}", "{\"id\":1,\"x\":\"new\"}", "");
        assertThat(change(decoder, KEY, update).beforeImage().isEmpty()).isTrue();

        DebeziumDecoder full =
                decoder(
                        new DebeziumFormat(
                                PLACEHOLDER, DebeziumFormat.DEFAULT.contextTable(), true, 1 << 20),
                        "text");
        assertThat(change(full, KEY, update).beforeImage().tokens())
                .isEqualTo(Map.of("id", "1", "x", "\"\""));
        String unchanged =
                envelope(
                        "u",
                        "{\"id\":1,\"x\":\"long\"}",
                        "{\"id\":1,\"x\":\"" + PLACEHOLDER + "\"}",
                        "");
        Decoded.Change kept = change(full, KEY, unchanged);
        assertThat(kept.data().token("x")).isEqualTo("\"long\"");
        assertThat(kept.described().unchanged()).isEmpty();
    }

    @Test
    void keyAndValueMayDifferInWhetherTheyHaveASchema() {
        String key =
                "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"name\":"
                        + "\"io.debezium.time.Date\",\"field\":\"id\"}]},\"payload\":{\"id\":0}}";
        Decoded.Change change = change(decoder, key, envelope("c", "null", "{\"id\":0}", ""));

        assertThat(change.data().token("id")).isEqualTo("\"1970-01-01\"");
        assertThat(change.described().key()).containsExactly("id");
    }

    @Test
    void aKeyChangesHeaderMayHaveASchema() {
        Decoded.Change change =
                (Decoded.Change)
                        decoder.decode(
                                record(
                                        KEY,
                                        envelope("c", "null", "{\"id\":1}", ""),
                                        Map.of(
                                                "__debezium.oldkey",
                                                "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int64\",\"field\":\"id\"}]},\"payload\":{\"id\":9}}")));

        assertThat(change.operation()).isEqualTo(Operation.UPDATE);
        assertThat(change.beforeImage().tokens()).isEqualTo(Map.of("id", "9"));
    }

    @Test
    void anOldKeyThatCannotBeReadIsCountedAndTheUpdateIsKept() {
        Decoded.Change change =
                (Decoded.Change)
                        decoder.decode(
                                record(
                                        KEY,
                                        envelope("c", "null", "{\"id\":1}", ""),
                                        Map.of("__debezium.oldkey", "Struct{id=9}")));

        assertThat(change.operation()).isEqualTo(Operation.UPDATE);
        assertThat(change.at().unusable()).isEqualTo("__debezium.oldkey");
    }

    @Test
    void withoutTransactionMetadataTheRowsKeyTellsRowsOfOnePositionApart() {
        String insert = envelope("c", "null", "{\"id\":1}", "").replace(TRANSACTION, "null");
        Decoded.Change one = change(decoder, KEY, insert);
        Decoded.Change other =
                change(decoder, "{\"id\":2}", insert.replace("\"id\":1", "\"id\":2"));

        assertThat(one.at().recordNumber()).isEqualTo(28895352L);
        assertThat(one.described().row()).isNotEqualTo(other.described().row());
        assertThat(change(decoder, KEY, insert).described().row()).isEqualTo(one.described().row());
    }

    @Test
    void recordsOfMillisecondsAreOrderedByThePositionInTheLog() {
        String old =
                envelope("c", "null", "{\"id\":1}", "").replace("\"ts_us\":1795641790228152,", "");
        Decoded.Change change = change(decoder, KEY, old);

        assertThat(change.at().committedAt()).hasToString("2026-11-25T21:23:10.228Z");
        assertThat(change.at().recordNumber()).isEqualTo(28895352L);
        assertThat(change.at().position()).isEqualTo("00000000/01B8E878.1");
    }

    @Test
    void theOrderOfMembersDoesNotMatter() {
        String plain = envelope("c", "null", "{\"id\":1}", "");
        String schema = "{\"type\":\"struct\",\"fields\":[]}";
        Decoded expected =
                decoder.decode(record(KEY, with("schema", schema, "payload", plain), Map.of()));

        assertThat(expected).isInstanceOf(Decoded.Change.class);
        assertThat(decoder.decode(record(KEY, with("payload", plain, "schema", schema), Map.of())))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "no-envelope         |{\"id\":1}|{\"id\":1,\"label\":\"a\",\"__deleted\":\"false\"}",
                "no-envelope         |{\"id\":1}|\"an outbox's payload\"",
                "not-json            |{\"id\":1}|nonsense",
                "bad-key             |1|ENVELOPE",
                "bad-key             |Struct{id=1}|ENVELOPE",
            })
    void whatIsNoRecordOfTheConnectorsIsRejectedWithACode(String code, String key, String value) {
        assertThat(code(key, value.replace("ENVELOPE", envelope("c", "null", "{\"id\":1}", ""))))
                .isEqualTo(code);
    }

    @Test
    void aFlattenedRecordsReasonNamesTheSetting() {
        Decoded decoded = decoder.decode(record(KEY, "{\"id\":1}", Map.of()));
        assertThat(((Decoded.Malformed) decoded).reason())
                .contains("ExtractNewRecordState", "setting transforms");
    }

    @Test
    void aMagicByteIsARegistrysFormat() {
        assertThat(code(KEY, "\0\0\0\0\1abc")).isEqualTo("schema-registry");
        assertThat(code("\0\0\0\0\1abc", envelope("c", "null", "{\"id\":1}", "")))
                .isEqualTo("bad-key");
    }

    @Test
    void anIncrementalSnapshotsRowHasNoPlaceInAHistory() {
        String row =
                envelope("r", "null", "{\"id\":1}", "")
                        .replace("\"snapshot\":\"false\"", "\"snapshot\":\"incremental\"");
        assertThat(code(KEY, row)).isEqualTo("incremental-snapshot");
    }

    @Test
    void aMemberThatIsThereTwiceIsRejected() {
        assertThat(code(KEY, envelope("c", "null", "{\"id\":1,\"id\":2}", "")))
                .isEqualTo("duplicate-member");
        assertThat(code(KEY, envelope("c", "null", "{\"id\":1}", ",\"op\":\"d\"")))
                .isEqualTo("duplicate-member");
    }

    @Test
    void aMessageThatNamesNobodyIsRejected() {
        String message =
                envelope(
                        "m",
                        "null",
                        "null",
                        ",\"message\":{\"prefix\":\"daybook\",\"content\":\"e30=\"}");
        assertThat(code("{\"prefix\":\"daybook\"}", message)).isEqualTo("bad-context");
        String hex = message.replace("e30=", "7b226163746f72223a22616e6e61227d");
        assertThat(decoder.decode(record(KEY, hex, Map.of()))).isInstanceOf(Decoded.Context.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"77u/eyJhY3RvciI6ImFubmEifQ==", "efbbbf7b226163746f72223a22616e6e61227d"})
    void aMessageThatBeginsWithAByteOrderMarkSaysSo(String content) {
        String message =
                envelope(
                        "m",
                        "null",
                        "null",
                        ",\"message\":{\"prefix\":\"daybook\",\"content\":\"" + content + "\"}");

        assertThat(decoder.decode(record(KEY, message, Map.of())))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        malformed ->
                                assertThat(malformed.reason())
                                        .contains("it begins with a byte order mark"));
    }

    private static final String TRANSACTION =
            "{\"id\":\"763:28895352\",\"total_order\":1,\"data_collection_order\":1}";

    private static String envelope(String op, String before, String after, String more) {
        return "{\"before\":"
                + before
                + ",\"after\":"
                + after
                + ",\"source\":{\"version\":\"3.5.0.Final\",\"connector\":\"postgresql\",\"name\":\"shop\","
                + "\"ts_ms\":1795641790228,\"snapshot\":\"false\",\"db\":\"app\","
                + "\"ts_us\":1795641790228152,\"schema\":\"public\",\"table\":\"t\",\"txId\":763,"
                + "\"lsn\":28895352},\"transaction\":"
                + TRANSACTION
                + ",\"op\":\""
                + op
                + "\",\"ts_ms\":1795641790470"
                + more
                + "}";
    }

    private static String with(String one, String first, String other, String second) {
        return "{\"" + one + "\":" + first + ",\"" + other + "\":" + second + "}";
    }

    private static String schema(String type, @Nullable String name) {
        return "{\"type\":\""
                + type
                + "\",\"optional\":true,"
                + (name == null || name.isEmpty() ? "" : "\"name\":\"" + name + "\",")
                + "\"field\":\"x\"}";
    }

    private static String array(String items) {
        return "{\"type\":\"array\",\"items\":" + items + ",\"optional\":true,\"field\":\"x\"}";
    }

    private @Nullable String value(String token) {
        return value(decoder, null, token);
    }

    private @Nullable String value(String schema, String token) {
        return value(decoder, schema, token);
    }

    /** Returns the token of a column's value, or null if it is unknown. */
    private static @Nullable String value(
            DebeziumDecoder decoder, @Nullable String schema, String token) {
        String envelope = envelope("u", "null", "{\"x\":" + token + "}", "");
        String value =
                schema == null
                        ? envelope
                        : with(
                                "schema",
                                "{\"type\":\"struct\",\"fields\":[{\"type\":\"struct\",\"fields\":["
                                        + schema
                                        + "],\"field\":\"after\"}]}",
                                "payload",
                                envelope);
        Decoded.Change change = change(decoder, KEY, value);
        String read = change.data().token("x");
        assertThat(change.described().unchanged().contains("x")).isEqualTo(read == null);
        return read;
    }

    private String code(String key, String value) {
        Decoded decoded = decoder.decode(record(key, value, Map.of()));
        assertThat(decoded).isInstanceOf(Decoded.Malformed.class);
        return ((Decoded.Malformed) decoded).code();
    }

    private static Decoded.Change change(DebeziumDecoder decoder, String key, String value) {
        Decoded decoded = decoder.decode(record(key, value, Map.of()));
        assertThat(decoded).isInstanceOf(Decoded.Change.class);
        return (Decoded.Change) decoded;
    }

    private static DebeziumDecoder decoder(DebeziumFormat format, @Nullable String columnType) {
        TableDefinition definition =
                columnType == null
                        ? null
                        : new TableDefinition(
                                List.of(
                                        new TableDefinition.Column("id", "bigint", null, false),
                                        new TableDefinition.Column("x", columnType, null, true)),
                                List.of("id"));
        return new DebeziumDecoder(
                format,
                "shop",
                (source, table) -> table.equals(new TableName("public", "t")) ? definition : null);
    }

    private static Incoming record(String key, String value, Map<String, String> headers) {
        return new Incoming(
                new Place("shop.public.t", 0, 0),
                key.getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8),
                new Incoming.Headers() {
                    @Override
                    public byte @Nullable [] last(String name) {
                        String text = headers.get(name);
                        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
                    }

                    @Override
                    public void forEach(BiConsumer<String, byte @Nullable []> action) {
                        headers.forEach(
                                (name, text) ->
                                        action.accept(name, text.getBytes(StandardCharsets.UTF_8)));
                    }
                },
                0);
    }
}
