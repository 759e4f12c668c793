package dev.daybook.contract;

import java.util.Random;
import java.util.function.Consumer;

/** Runs a property over many generated cases; a failure names the seed that shows it again. */
public final class Seeds {

    private Seeds() {}

    public static void forEach(int cases, Consumer<Random> property) {
        for (int seed = 0; seed < cases; seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("Seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }

    /** A text with quotes, dots, escapes, controls and characters of every width. */
    public static String text(Random random, int longest) {
        String alphabet = "ab.\"\\/[],:{} \n\t\u0001é€\uD83D\uDE00'";
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(longest + 1);
        for (int i = 0; i < length; i++) {
            int at = random.nextInt(alphabet.codePointCount(0, alphabet.length()));
            text.appendCodePoint(alphabet.codePointAt(alphabet.offsetByCodePoints(0, at)));
        }
        return text.toString();
    }

    /** A JSON string token of a text, each character escaped or not as the dice fall. */
    public static String token(Random random, String text) {
        StringBuilder token = new StringBuilder("\"");
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            String character = Character.toString(point);
            i += character.length();
            if (point < 0x20 || point == '"' || point == '\\' || random.nextInt(4) == 0) {
                String form = random.nextBoolean() ? "\\u%04x" : "\\u%04X";
                character.chars().forEach(unit -> token.append(String.format(form, unit)));
            } else if (point == '/' && random.nextBoolean()) {
                token.append("\\/");
            } else {
                token.append(character);
            }
        }
        return token.append('"').toString();
    }
}
