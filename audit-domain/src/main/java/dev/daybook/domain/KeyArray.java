package dev.daybook.domain;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a key of several columns however its JSON array is written. */
final class KeyArray {

    private static final Pattern VALUE =
            Pattern.compile(
                    "[ \\t\\r\\n]*(\"(?:[^\"\\\\\\x00-\\x1f]|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+\""
                            + "|-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
                            + "|true|false|null)[ \\t\\r\\n]*([,\\]])");

    private KeyArray() {}

    /** Returns the array without blanks, each value in one spelling; null if it is none. */
    static @Nullable String canonical(String text) {
        int begin = 0;
        while (begin < text.length() && " \t\r\n".indexOf(text.charAt(begin)) >= 0) {
            begin++;
        }
        if (begin == text.length() || text.charAt(begin) != '[') {
            return null;
        }
        StringBuilder array = new StringBuilder(text.length()).append('[');
        Matcher value = VALUE.matcher(text).region(begin + 1, text.length());
        int values = 0;
        while (value.lookingAt()) {
            String token = value.group(1);
            array.append(EntityKey.spelling(token, JsonText.canonical(token)));
            values++;
            if (value.group(2).equals("]")) {
                return values > 1 && text.substring(value.end()).isBlank()
                        ? array.append(']').toString()
                        : null;
            }
            array.append(',');
            value.region(value.end(), text.length());
        }
        return null;
    }
}
