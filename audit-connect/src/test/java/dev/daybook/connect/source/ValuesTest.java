package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.contract.Lsn;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How each PostgreSQL type is written, from the stream and from a load: both must agree. */
class ValuesTest {

    /** Type, SQL value, JSON token. */
    private static final String[][] VALUES = {
        {"smallint", "-32768", "-32768"},
        {"integer", "2147483647", "2147483647"},
        {"bigint", "-9223372036854775808", "-9223372036854775808"},
        {"numeric(20,4)", "12345678901234.5000", "12345678901234.5000"},
        {"numeric", "'NaN'", "\"NaN\""},
        {"numeric", "'-Infinity'", "\"-Infinity\""},
        {"numeric", "1e30", "1000000000000000000000000000000"},
        {"numeric", "0.000000000000000000000001", "0.000000000000000000000001"},
        {"real", "'-0'", "-0"},
        {"real", "1.1", "1.1"},
        {"double precision", "1e-300", "1e-300"},
        {"double precision", "0.1::float8 + 0.2::float8", "0.30000000000000004"},
        {"double precision", "'Infinity'", "\"Infinity\""},
        {"double precision", "'NaN'", "\"NaN\""},
        {"boolean", "true", "true"},
        {"boolean", "false", "false"},
        {"text", "''", "\"\""},
        {"text", "null", "null"},
        {
            "text",
            "E'tab\\t line\\n return\\r quote\" back\\\\ bell\\x07 e\\x1b \\\\N'",
            "\"tab\\t line\\n return\\r quote\\\" back\\\\ bell\\u0007 e\\u001b \\\\N\""
        },
        {"text", "'Жук 😀 ﷽ \u2028'", "\"Жук 😀 ﷽ \u2028\""},
        {"varchar(5)", "'ab'", "\"ab\""},
        {"char(5)", "'ab'", "\"ab   \""},
        {"\"char\"", "'x'", "\"x\""},
        {"name", "'a name'", "\"a name\""},
        {"bytea", "'\\x00ffAb'", "\"0x00FFAB\""},
        {"bytea", "''", "\"0x\""},
        {
            "json",
            "'{\"b\": 1, \"a\":\"\\u00e9\"}'",
            "\"{\\\"b\\\": 1, \\\"a\\\":\\\"\\\\u00e9\\\"}\""
        },
        {"jsonb", "'{\"b\": 1, \"a\": 1.50}'", "\"{\\\"a\\\": 1.50, \\\"b\\\": 1}\""},
        {"jsonb", "'null'", "\"null\""},
        {"timestamp", "'2026-11-22 09:30:00.12'", "\"2026-11-22T09:30:00.12Z\""},
        {"timestamp", "'2026-11-22 09:30:00'", "\"2026-11-22T09:30:00Z\""},
        {"timestamp", "'infinity'", "\"infinity\""},
        {"timestamp", "'0044-03-15 12:00:00 BC'", "\"0044-03-15 12:00:00 BC\""},
        {"timestamp", "'12026-01-01 00:00:00'", "\"12026-01-01T00:00:00Z\""},
        {"timestamptz", "'2026-11-22 09:30:00.123456+05:30'", "\"2026-11-22T04:00:00.123456Z\""},
        {"timestamptz", "'-infinity'", "\"-infinity\""},
        {"timestamptz", "'0044-03-15 12:00:00+00 BC'", "\"0044-03-15 12:00:00+00 BC\""},
        {"date", "'2026-02-28'", "\"2026-02-28\""},
        {"date", "'infinity'", "\"infinity\""},
        {"time", "'23:59:59.999999'", "\"23:59:59.999999\""},
        {"timetz", "'12:00:00+02'", "\"12:00:00+02\""},
        {"interval", "'1 year -2 days 03:04:05.6'", "\"1 year -2 days +03:04:05.6\""},
        {
            "uuid",
            "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
            "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\""
        },
        {"money", "'12.30'", null},
        {"inet", "'10.0.0.1/8'", "\"10.0.0.1/8\""},
        {"cidr", "'10.0.0.0/8'", "\"10.0.0.0/8\""},
        {"macaddr", "'08:00:2b:01:02:03'", "\"08:00:2b:01:02:03\""},
        {"macaddr8", "'08:00:2b:01:02:03:04:05'", "\"08:00:2b:01:02:03:04:05\""},
        {"bit(3)", "B'101'", "\"101\""},
        {"bit varying", "B''", "\"\""},
        {"point", "'(1,2)'", "\"(1,2)\""},
        {"line", "'{1,2,3}'", "\"{1,2,3}\""},
        {"box", "'(1,1),(0,0)'", "\"(1,1),(0,0)\""},
        {"path", "'((0,0),(1,1))'", "\"((0,0),(1,1))\""},
        {"polygon", "'((0,0),(1,1),(1,0))'", "\"((0,0),(1,1),(1,0))\""},
        {"circle", "'<(0,0),1>'", "\"<(0,0),1>\""},
        {"lseg", "'[(0,0),(1,1)]'", "\"[(0,0),(1,1)]\""},
        {"tsvector", "'fat:2 cat:3'", "\"'cat':3 'fat':2\""},
        {"tsquery", "'fat & cat'", "\"'fat' & 'cat'\""},
        {"xml", "'<a b=\"c\"/>'", "\"<a b=\\\"c\\\"/>\""},
        {"oid", "4294967295", "4294967295"},
        {"pg_lsn", "'16/B374D848'", "\"16/B374D848\""},
        {"integer[]", "'{1,NULL,3}'", "\"{1,NULL,3}\""},
        {
            "text[]",
            "ARRAY['a\"b', '', 'NULL', E'x\\ty']",
            "\"{\\\"a\\\\\\\"b\\\",\\\"\\\",\\\"NULL\\\",\\\"x\\ty\\\"}\""
        },
        {"integer[][]", "'{{1,2},{3,4}}'", "\"{{1,2},{3,4}}\""},
        {"int4range", "'[1,5)'", "\"[1,5)\""},
        {"tstzrange", "'[2026-01-01 00:00+00,)'", "\"[\\\"2026-01-01 00:00:00+00\\\",)\""},
        {"int4multirange", "'{[1,2),[5,7)}'", "\"{[1,2),[5,7)}\""},
        {"mood", "'so so'", "\"so so\""},
        {"mood[]", "'{happy,\"so so\"}'", "\"{happy,\\\"so so\\\"}\""},
        {"positive", "5", "5"},
        {"small_positive", "6", "6"},
        {"stamp", "'2026-01-01 00:00:00+00'", "\"2026-01-01T00:00:00Z\""},
        {"pair", "ROW(1, 'a,b')", "\"(1,\\\"a,b\\\")\""},
        {"positive[]", "'{1,2}'", "\"{1,2}\""},
    };

    private static final String TYPES =
            "CREATE TYPE mood AS ENUM ('happy', 'so so');"
                    + " CREATE DOMAIN positive AS integer CHECK (VALUE > 0);"
                    + " CREATE DOMAIN small_positive AS positive CHECK (VALUE < 10);"
                    + " CREATE DOMAIN stamp AS timestamptz; CREATE TYPE pair AS (a int, b text)";

    @Test
    void writesEveryTypeTheSameFromTheStreamAndFromALoad() throws Exception {
        // Given
        StringBuilder columns = new StringBuilder("id int PRIMARY KEY");
        StringBuilder row = new StringBuilder();
        for (int i = 0; i < VALUES.length; i++) {
            columns.append(", c").append(i).append(' ').append(VALUES[i][0]);
            row.append(", ").append(VALUES[i][1]);
        }
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    TYPES,
                    "CREATE TABLE v (" + columns + ")",
                    "INSERT INTO v VALUES (1" + row + ")");

            // When
            try (Worker worker = Worker.of(database)) {
                worker.until(c -> c.operation().equals("load"));
                database.run("INSERT INTO v VALUES (2" + row + ")");
                worker.until(c -> c.operation().equals("insert"));

                // Then
                List<Change> changes = worker.of("v");
                String load = dataOf(changes.get(0)).replaceFirst("\\{\"id\":1,", "{\"id\":2,");
                String insert = dataOf(changes.get(1));
                assertThat(load).isEqualTo(insert);
                List<String> wrong = new ArrayList<>();
                for (int i = 0; i < VALUES.length; i++) {
                    if (VALUES[i][2] != null
                            && !(insert.substring(0, insert.length() - 1) + ",")
                                    .contains("\"c" + i + "\":" + VALUES[i][2] + ",")) {
                        int at = insert.indexOf("\"c" + i + "\":");
                        wrong.add(
                                VALUES[i][0]
                                        + ": "
                                        + VALUES[i][2]
                                        + " but was "
                                        + insert.substring(
                                                at, Math.min(insert.length(), at + 120)));
                    }
                }
                assertThat(wrong).isEmpty();

                Map<String, Object> definition =
                        TestJson.asObject(
                                TestJson.asObject(
                                                worker.until(
                                                                c ->
                                                                        c.operation()
                                                                                .equals(
                                                                                        "create-table"))
                                                        .member("control")
                                                        .get("table-def"))
                                        .get("columns"));
                assertThat(definition.get("c3").toString())
                        .contains("numeric(20,4)")
                        .contains("NUMERIC");
                assertThat(definition.get("id").toString()).contains("nullable=false");
                assertThat(definition.toString()).contains("mood[]").contains("small_positive");
            }
        }
    }

    private static String dataOf(Change change) {
        String json = change.json();
        return json.substring("{\"data\":".length(), json.indexOf(",\"metadata\":"));
    }

    @Test
    void splitsRowsOfCopy() {
        Tuple row = new Tuple();
        byte[] line = "a\\tb\t\\N\t\t\\\\N\\n\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);

        CopyRow.read(line, 4, row);

        assertThat(new String(row.bytes, row.offsets[0], row.lengths[0])).isEqualTo("a\tb");
        assertThat(row.isNull(1)).isTrue();
        assertThat(row.isNull(2)).isFalse();
        assertThat(row.lengths[2]).isZero();
        assertThat(new String(row.bytes, row.offsets[3], row.lengths[3])).isEqualTo("\\N\n");
    }

    @Test
    void writesNumbersAndPositions() {
        assertThat(
                        new JsonBuffer()
                                .number(0)
                                .raw(',')
                                .number(-7)
                                .raw(',')
                                .number(Long.MIN_VALUE)
                                .toString())
                .isEqualTo("0,-7,-9223372036854775808");
        assertThat(new JsonBuffer().lsn(0x1A0B2C3D4EL).toString()).isEqualTo("0000001A/0B2C3D4E");
        assertThat(Lsn.parse("1A/0B2C3D4E")).isEqualTo(0x1A0B2C3D4EL);
        assertThat(new JsonBuffer().string("a\u0000b\"\\\u001f/é").toString())
                .isEqualTo("\"a\\u0000b\\\"\\\\\\u001f/é\"");
    }
}
