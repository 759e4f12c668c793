package dev.daybook.api.view;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.Redaction;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Turns raw JSON tokens into values as they are shown. */
final class Values {

    /** So much of a long text is shown at once. */
    private static final int BEGINNING = 160;

    /** So much of it is in a page at all. */
    private static final int MOST = 64_000;

    private Values() {}

    /**
     * A value.
     *
     * @param kind {@code plain}, {@code none} (a word in its place), {@code hidden} or {@code
     *     binary}
     * @param text what is shown
     * @param rest what a long text goes on with, or null
     * @param note what is said of it, or null
     */
    record Value(String kind, String text, @Nullable String rest, @Nullable String note) {

        boolean isWord() {
            return kind.equals("none");
        }
    }

    static Value of(String token) {
        return of(token, MOST);
    }

    /** Returns the same, with so much of a long text at most. */
    static Value of(String token, int most) {
        if (token.equals(RowImage.NULL)) {
            return new Value("none", "no value", null, null);
        }
        if (Redaction.isMasked(token)) {
            String mark = JsonText.scalar(token);
            return new Value(
                    "hidden",
                    mark.substring(1, mark.length() - 1),
                    null,
                    "kept out of the log when it was recorded");
        }
        String text = JsonText.scalar(token);
        if (text.isEmpty()) {
            return new Value("none", "empty text", null, null);
        }
        if (token.startsWith("\"hmac:")) {
            int rule = text.indexOf(" [");
            return new Value(
                    "hidden",
                    "redacted "
                            + Texts.beginning(text.substring(5, rule < 0 ? text.length() : rule), 8)
                            + (rule < 0 ? "" : text.substring(rule)),
                    null,
                    "a fingerprint: equal values have equal ones");
        }
        if (isBinary(token)) {
            return new Value(
                    "binary",
                    Texts.bytes((text.length() - 2) / 2) + ", " + fingerprint(text),
                    null,
                    "binary: size and fingerprint");
        }
        if (text.isBlank()) {
            return new Value(
                    "none",
                    Texts.count(text.length(), "blank", "blanks"),
                    null,
                    "nothing but blanks");
        }
        if (text.length() <= BEGINNING + 40) {
            return new Value("plain", Texts.visible(text), null, null);
        }
        String begin = Texts.beginning(text, BEGINNING);
        String shown = Texts.beginning(text, most);
        return new Value(
                "plain",
                Texts.visible(begin),
                Texts.visible(shown.substring(begin.length())),
                shown.length() < text.length()
                        ? Texts.bytes(text.length()) + ", shortened here; exports have all of it"
                        : WordDiff.words(text) + " words");
    }

    static boolean isBinary(String token) {
        if (token.length() < 5 || !token.startsWith("\"0x") || token.length() % 2 != 0) {
            return false;
        }
        for (int i = 3; i < Math.min(token.length() - 1, 200); i++) {
            if (Character.digit(token.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private static String fingerprint(String hex) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(hex.getBytes(StandardCharsets.US_ASCII));
            String text = HexFormat.of().formatHex(hash, 0, 4);
            return text.substring(0, 4) + " " + text.substring(4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
