package dev.daybook.domain.history;

import dev.daybook.contract.JsonText;

import java.math.BigDecimal;
import java.util.Locale;

/** Equality of raw JSON tokens. */
final class Tokens {

    /** Beyond this many digits of exponent, numbers are compared by their text. */
    private static final int LONGEST_EXPONENT = 5;

    private Tokens() {}

    /**
     * Returns whether two tokens are the same value.
     *
     * <p>The same text is the same value, and strings are compared without their escapes. Numbers
     * are compared by value, so 1.0 and 1.00, or 1e2 and 100, are no change: captures write one
     * number in several ways (DMS uses exponents, and other text in before-images), and a
     * difference that may be the capture's is not proof that the row changed. For the same reason a
     * number or boolean equals the string of its text. NULL equals only NULL, an object or array
     * only its own text.
     */
    static boolean same(String left, String right) {
        if (left.equals(right)) {
            return true;
        }
        Kind leftKind = Kind.of(left);
        Kind rightKind = Kind.of(right);
        if (leftKind == Kind.NUMBER && rightKind == Kind.NUMBER) {
            return sameNumber(left, right);
        }
        if (!leftKind.scalar || !rightKind.scalar) {
            return false;
        }
        return JsonText.scalar(left).equals(JsonText.scalar(right));
    }

    private static boolean sameNumber(String left, String right) {
        if (hasLongExponent(left) || hasLongExponent(right)) {
            return left.toLowerCase(Locale.ROOT).equals(right.toLowerCase(Locale.ROOT));
        }
        return new BigDecimal(left).compareTo(new BigDecimal(right)) == 0;
    }

    /** Returns whether the arithmetic of a comparison could grow beyond reason. */
    private static boolean hasLongExponent(String number) {
        int e = Math.max(number.indexOf('e'), number.indexOf('E'));
        return e >= 0 && number.length() - e - 1 > LONGEST_EXPONENT;
    }

    private enum Kind {
        NULL(false),
        STRING(true),
        NUMBER(true),
        BOOLEAN(true),
        STRUCTURE(false);

        final boolean scalar;

        Kind(boolean scalar) {
            this.scalar = scalar;
        }

        static Kind of(String token) {
            return switch (token.charAt(0)) {
                case '"' -> STRING;
                case '{', '[' -> STRUCTURE;
                case 't', 'f' -> BOOLEAN;
                case 'n' -> NULL;
                default -> NUMBER;
            };
        }
    }
}
