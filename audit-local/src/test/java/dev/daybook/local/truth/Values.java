package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Random values of every type, the awkward ones as often as the plain ones, as PostgreSQL reads
 * them.
 */
final class Values {

    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "plain",
                    "null",
                    "NULL",
                    "\"quoted\"",
                    "it's",
                    "back\\slash",
                    "a,b{c}(d)[e]",
                    "line\nbreak\r\n\ttab",
                    "\u0001\u001f\u007f",
                    "Ünïcödé 漢字 \uD83D\uDC18",
                    "\u2028\u2029",
                    "trailing blank ",
                    "</script>",
                    "0x41",
                    "1e5",
                    "{\"a\":1}");

    private final Random random;

    Values(Random random) {
        this.random = random;
    }

    /** A value for a key column: from few enough that rows come back after they went. */
    String key(String type) {
        return switch (type) {
            case "smallint" -> String.valueOf(1 + random.nextInt(12));
            case "uuid" ->
                    new UUID(0x1234_5678_0000_4000L, 0x8000_0000_0000_0000L + random.nextInt(60))
                            .toString();
            case "date" ->
                    "2026-%02d-%02d".formatted(1 + random.nextInt(3), 1 + random.nextInt(28));
            case "text" -> {
                String name =
                        List.of("doc/%d", "ä %d", "[%d", "%d,\"x\"", "%d\\n")
                                .get(random.nextInt(5));
                yield name.formatted(random.nextInt(20));
            }
            default -> String.valueOf(1 + random.nextInt(150));
        };
    }

    /** A value of a type named as {@code format_type} names it, or null for NULL. */
    @Nullable String of(String type, boolean nullable) {
        if (nullable && random.nextInt(8) == 0) {
            return null;
        }
        if (type.endsWith("[]")) {
            return array(type.substring(0, type.length() - 2));
        }
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "smallint" -> mix(() -> "" + random.nextInt(100), "0", "-1", "32767", "-32768");
            case "integer" ->
                    mix(() -> "" + random.nextInt(10_000), "0", "2147483647", "-2147483648");
            case "bigint" ->
                    mix(
                            () -> "" + random.nextLong(),
                            "0",
                            "9223372036854775807",
                            "-9223372036854775808");
            case "real" ->
                    mix(
                            () -> "" + random.nextFloat(),
                            "0",
                            "-0",
                            "NaN",
                            "Infinity",
                            "-Infinity",
                            "1e-45",
                            "3.4028235e38");
            case "double precision" ->
                    mix(
                            () -> "" + random.nextDouble(),
                            "0",
                            "-0",
                            "NaN",
                            "Infinity",
                            "-Infinity",
                            "5e-324",
                            "1e300",
                            "0.1");
            case "numeric" ->
                    mix(
                            () -> random.nextInt(100_000) + "." + random.nextInt(1_000),
                            "0",
                            "0.000",
                            "NaN",
                            "Infinity",
                            "-Infinity",
                            "1.10",
                            "-123456789012345678901234567890.123456789012345678901234567890",
                            "1e40",
                            "0.00000000000000000001");
            case "boolean" -> random.nextBoolean() ? "true" : "false";
            case "text" -> random.nextInt(4) == 0 ? large() : text();
            case "bytea" ->
                    random.nextInt(4) == 0
                            ? "\\x" + hex(3_000 + random.nextInt(6_000))
                            : mix(() -> "\\x" + hex(8), "\\x", "\\x00ff");
            case "date" ->
                    mix(
                            () -> day(),
                            "infinity",
                            "-infinity",
                            "0044-03-15 BC",
                            "9999-12-31",
                            "10000-01-01",
                            "0001-01-01");
            case "time without time zone" -> mix(() -> time(), "00:00", "24:00", "23:59:59.999999");
            case "time with time zone" ->
                    mix(() -> time() + "+02", "00:00+00", "12:30:00.5+05:30", "23:59:59-08");
            case "timestamp without time zone" ->
                    mix(
                            () -> day() + " " + time(),
                            "infinity",
                            "-infinity",
                            "0044-03-15 12:00 BC",
                            "1969-12-31 23:59:59.999999",
                            "12000-01-01 00:00");
            case "timestamp with time zone" ->
                    mix(
                            () -> day() + " " + time() + "+03",
                            "infinity",
                            "-infinity",
                            "0044-03-15 12:00+00 BC",
                            "2026-03-29 02:30+02",
                            "1883-11-18 12:00-04:56:02");
            case "interval" ->
                    mix(
                            () -> random.nextInt(9_000) + " seconds",
                            "0",
                            "1 year -2 mons 3 days 04:05:06.789",
                            "-1 day",
                            "178000000 years");
            case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
            case "json" ->
                    mix(
                            () -> "{\"n\": " + random.nextInt() + "}",
                            "null",
                            "[]",
                            "{ \"b\" :1, \"a\": [1.10, \"x\\u00e4\\n\"], \"a\":2 }",
                            "\"text\"");
            case "jsonb" ->
                    mix(
                            () -> "{\"n\": " + random.nextInt() + ", \"t\": \"" + hex(4) + "\"}",
                            "null",
                            "{}",
                            "[1.10, {\"k\": \"v\\\"w\"}]");
            case "inet" ->
                    mix(() -> "192.168.0." + random.nextInt(256), "127.0.0.1", "::1", "10.1.2.3/8");
            case "cidr" -> pick("10.0.0.0/8", "2001:db8::/32");
            case "macaddr" -> "08:00:2b:01:02:" + hex(1);
            case "int4range" -> pick("empty", "[1,5)", "(,)", "[3,)");
            case "int4multirange" -> pick("{}", "{[1,3), [7,9)}");
            case "tstzrange" ->
                    pick("empty", "[2026-01-01 00:00+00,2026-02-01 00:00+00)", "(,infinity]");
            case "point" -> pick("(0,0)", "(-1.5,1e10)", "(NaN,Infinity)");
            case "tsvector" -> pick("", "'fat':2 'rat':3A", "'it''s'");
            case "app.mood" -> pick("glad", "so so", "don't ask");
            case "app.cents" -> random.nextInt(100_000) + "." + random.nextInt(100);
            case "app.tags" -> array("text");
            case "app.place" -> pick("(,)", "(\"\",0)", "(\"Main \"\"St\"\", 1\",12)", "(a\\\\b,)");
            default -> sized(type);
        };
    }

    /** The types with a length. */
    private String sized(String type) {
        if (type.startsWith("numeric(")) {
            return mix(
                    () -> random.nextInt(100_000) + "." + random.nextInt(10_000),
                    "0",
                    "-0.01",
                    "NaN");
        }
        if (type.startsWith("character varying(")) {
            return text();
        }
        if (type.startsWith("character(")) {
            return pick("", "a", "ab cd", "ä ö");
        }
        if (type.startsWith("bit varying(")) {
            return pick("", "1", "101010101010");
        }
        if (type.startsWith("bit(")) {
            return pick("00000", "10101");
        }
        throw new IllegalArgumentException("The workload knows no value of type " + type + ".");
    }

    private String array(String element) {
        if (random.nextInt(6) == 0) {
            return "{}";
        }
        String elements =
                IntStream.range(0, 1 + random.nextInt(4))
                        .mapToObj(i -> element.equals("text") ? pick(TEXTS) : of(element, true))
                        .map(
                                e ->
                                        e == null
                                                ? "NULL"
                                                : "\""
                                                        + e.replace("\\", "\\\\")
                                                                .replace("\"", "\\\"")
                                                        + "\"")
                        .collect(Collectors.joining(","));
        return random.nextInt(6) == 0 && !elements.isEmpty()
                ? "{{" + elements + "},{" + elements + "}}"
                : "{" + elements + "}";
    }

    String text() {
        return random.nextInt(3) > 0 ? pick(TEXTS) : "text " + random.nextInt(1_000);
    }

    /** A text that PostgreSQL keeps out of line. */
    private String large() {
        return "large " + hex(2_000 + random.nextInt(6_000));
    }

    private String hex(int bytes) {
        byte[] some = new byte[bytes];
        random.nextBytes(some);
        return java.util.HexFormat.of().formatHex(some);
    }

    private String day() {
        return "20%02d-%02d-%02d"
                .formatted(random.nextInt(40), 1 + random.nextInt(12), 1 + random.nextInt(28));
    }

    private String time() {
        return "%02d:%02d:%02d.%s"
                .formatted(
                        random.nextInt(24),
                        random.nextInt(60),
                        random.nextInt(60),
                        pick("0", "5", "000001", "123456", "120"));
    }

    /** The plain value in half of the cases, else one of the odd ones. */
    private String mix(Supplier<String> plain, String... odd) {
        return random.nextBoolean() ? plain.get() : pick(odd);
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String pick(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
