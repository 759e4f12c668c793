package dev.daybook.ingest.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Seeds;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.json.JsonFactory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class JsonScannerTest {

    /** A parser that is known to be right; it reads tokens, and converts no numbers. */
    private static final JsonFactory JACKSON = new JsonFactory();

    private final JsonScanner scanner = new JsonScanner(new TextCache());

    @Test
    void takesWhatAnotherParserTakesAndNothingElse() {
        Seeds.forEach(
                20_000,
                random -> {
                    byte[] text = json(random, 0).getBytes(StandardCharsets.UTF_8);
                    assertThat(problem(text)).isNull();

                    byte[] mutated = mutate(random, text);
                    boolean taken = problem(mutated) == null;
                    assertThat(taken)
                            .as(
                                    () ->
                                            new String(mutated, StandardCharsets.ISO_8859_1)
                                                    + ": "
                                                    + problem(mutated))
                            .isEqualTo(jacksonTakes(mutated));
                });
    }

    @Test
    void readsTextAsAnotherParserDoes() {
        Seeds.forEach(
                3_000,
                random -> {
                    String text = Seeds.text(random, 12);
                    byte[] token = Seeds.token(random, text).getBytes(StandardCharsets.UTF_8);
                    scanner.reset(token);

                    assertThat(read(scanner)).isEqualTo(text);
                });
    }

    @Test
    void readsCountsAndLeavesEveryOtherValueUnread() {
        Seeds.forEach(
                5_000,
                random -> {
                    String token = numberLike(random);
                    scanner.reset((token + ",").getBytes(StandardCharsets.UTF_8));
                    long expected =
                            token.matches("0|[1-9][0-9]{0,17}") ? Long.parseLong(token) : -1;

                    assertThat(count(scanner)).as(token).isEqualTo(expected);
                    assertThat(scanner.position())
                            .as(token)
                            .isEqualTo(expected < 0 ? 0 : token.length());
                });
    }

    private static long count(JsonScanner scanner) {
        try {
            return scanner.readCount();
        } catch (JsonProblem e) {
            throw new AssertionError(e);
        }
    }

    private static String numberLike(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(21); i > 0; i--) {
            text.append((char) ('0' + random.nextInt(10)));
        }
        if (random.nextInt(4) == 0) {
            text.setCharAt(random.nextInt(text.length()), "-+.eE\"nx".charAt(random.nextInt(8)));
        }
        return text.toString();
    }

    @Test
    void givesValuesBackAsTheyWereWritten() throws JsonProblem {
        String text =
                "{\"a\":-0.0,\"b\":1e400,\"c\":\"\\u00e9é\",\"d\": [1,"
                        + " {\"x\":null}],\"e\":true,\"f\":12345678901234567890.1234567890}";
        scanner.reset(text.getBytes(StandardCharsets.UTF_8));
        List<String> tokens = new ArrayList<>();
        scanner.beginObject();
        for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
            tokens.add(scanner.readRaw());
        }
        scanner.expectEnd();

        assertThat(tokens)
                .containsExactly(
                        "-0.0",
                        "1e400",
                        "\"\\u00e9é\"",
                        "[1, {\"x\":null}]",
                        "true",
                        "12345678901234567890.1234567890");
    }

    @Test
    void refusesWhatNestsTooDeep() {
        int depth = 100_000;

        assertThat(
                        problem(
                                ("[".repeat(depth) + "]".repeat(depth))
                                        .getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(JsonScanner.TOO_DEEP);
        assertThat(problem(("[".repeat(64) + "]".repeat(64)).getBytes(StandardCharsets.UTF_8)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0xC0, 0xC1, 0xF5, 0xFF})
    void refusesWhatIsNotUtf8(int lead) {
        assertThat(problem(new byte[] {'"', (byte) lead, (byte) 0x80, '"'}))
                .isEqualTo(JsonScanner.NOT_UTF8);
    }

    @Test
    void refusesASurrogateWrittenAsUtf8AndAnOverlongForm() {
        assertThat(problem(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}))
                .isEqualTo(JsonScanner.NOT_UTF8);
        assertThat(problem(new byte[] {'"', (byte) 0xE0, (byte) 0x80, (byte) 0x80, '"'}))
                .isEqualTo(JsonScanner.NOT_UTF8);
        assertThat(
                        problem(
                                new byte[] {
                                    '"', (byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'
                                }))
                .isEqualTo(JsonScanner.NOT_UTF8);
    }

    private static String read(JsonScanner scanner) {
        try {
            String text = scanner.readString();
            scanner.expectEnd();
            return text;
        } catch (JsonProblem problem) {
            throw new AssertionError(problem);
        }
    }

    /**
     * Why a text is refused, walking it member by member at the top and skipping below; or null.
     */
    private @Nullable String problem(byte[] text) {
        scanner.reset(text);
        try {
            if (scanner.peek() == '{') {
                scanner.beginObject();
                while (scanner.nextMember() != null) {
                    scanner.skipValue();
                }
            } else {
                scanner.skipValue();
            }
            scanner.expectEnd();
            return null;
        } catch (JsonProblem problem) {
            assertThat(problem.reason()).isNotBlank();
            return problem.code();
        }
    }

    private static boolean jacksonTakes(byte[] text) {
        // From text, since Jackson would guess UTF-16 from zero bytes; this format is UTF-8 only.
        try (JsonParser parser = JACKSON.createParser(new String(text, StandardCharsets.UTF_8))) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null && isUtf8(text);
        } catch (JacksonException e) {
            return false;
        }
    }

    private static boolean isUtf8(byte[] text) {
        return Arrays.equals(
                new String(text, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), text);
    }

    private static byte[] mutate(Random random, byte[] text) {
        byte[] mutated = text.clone();
        int changes = random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            byte[] by =
                    "{}[]\",:\\0123.eE+-ntfu \t\n\u0001\u00e9x".getBytes(StandardCharsets.UTF_8);
            mutated[random.nextInt(mutated.length)] = by[random.nextInt(by.length)];
        }
        return random.nextInt(5) == 0
                ? Arrays.copyOf(mutated, random.nextInt(mutated.length + 1))
                : mutated;
    }

    private static String json(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 5 : 9)) {
            case 0 -> "null";
            case 1 -> random.nextBoolean() ? "true" : "false";
            case 2 -> number(random);
            case 3, 4 -> Seeds.token(random, Seeds.text(random, 6));
            case 5, 6 -> {
                StringBuilder array = new StringBuilder("[" + space(random));
                int size = random.nextInt(4);
                for (int i = 0; i < size; i++) {
                    array.append(i > 0 ? "," : "")
                            .append(json(random, depth + 1))
                            .append(space(random));
                }
                yield array.append("]").toString();
            }
            default -> {
                StringBuilder object = new StringBuilder("{" + space(random));
                int size = random.nextInt(4);
                for (int i = 0; i < size; i++) {
                    object.append(i > 0 ? "," : "")
                            .append(space(random))
                            .append(Seeds.token(random, i + Seeds.text(random, 3)))
                            .append(space(random))
                            .append(':')
                            .append(json(random, depth + 1))
                            .append(space(random));
                }
                yield object.append("}").toString();
            }
        };
    }

    private static String number(Random random) {
        String number = random.nextBoolean() ? "-" : "";
        number += random.nextBoolean() ? "0" : Long.toString(random.nextLong(1, Long.MAX_VALUE));
        number += random.nextBoolean() ? "" : "." + random.nextInt(1000);
        return number
                + (random.nextInt(3) > 0
                        ? ""
                        : (random.nextBoolean() ? "e" : "E+") + random.nextInt(40));
    }

    private static String space(Random random) {
        return random.nextInt(4) == 0 ? " \n\t".substring(random.nextInt(3)) : "";
    }
}
