package dev.daybook.ingest.json;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one JSON text (RFC 8259) from bytes, strictly, in one pass, leaving each value as the text
 * in which it was written: no number is converted, no escape resolved that nobody asks for.
 *
 * <p>The caller walks objects with {@link #beginObject}, {@link #nextMember} and then exactly one
 * of the {@code read} or {@code skip} methods for each member. Everything is checked: grammar,
 * UTF-8, escapes, depth. May be reset and used again; not for several threads.
 */
public final class JsonScanner {

    /** The code of bytes that are not JSON. */
    public static final String NOT_JSON = "not-json";

    /** The code of text that is not UTF-8. */
    public static final String NOT_UTF8 = "not-utf8";

    /** The code of JSON nested deeper than the scanner reads. */
    public static final String TOO_DEEP = "nested-too-deep";

    /** How deep objects and arrays may nest where nothing else is said. */
    public static final int MAX_DEPTH = 64;

    /** So many decimal digits fit into a long, whatever they are. */
    private static final int COUNT_DIGITS = 18;

    private final TextCache names;
    private final int maxDepth;

    private byte[] bytes = new byte[0];
    private int position;
    private int end;
    private int depth;

    /** Whether the next member of the object at hand is its first. */
    private boolean first;

    private boolean lastStringAscii;
    private boolean lastStringEscaped;

    public JsonScanner(TextCache names) {
        this(names, MAX_DEPTH);
    }

    /**
     * @param maxDepth how deep objects and arrays may nest
     */
    public JsonScanner(TextCache names, int maxDepth) {
        this.names = names;
        this.maxDepth = maxDepth;
    }

    /** Begins with other bytes. */
    public void reset(byte[] bytes) {
        reset(bytes, 0, bytes.length);
    }

    /** Begins with a part of other bytes: from {@code from}, up to but without {@code to}. */
    public void reset(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        position = from;
        end = to;
        depth = 0;
        first = false;
    }

    /** Returns where the next unread byte stands. */
    public int position() {
        return position;
    }

    /** Enters the object that must stand here. */
    public void beginObject() throws JsonProblem {
        if (next() != '{') {
            throw unexpected("an object");
        }
        position++;
        enter();
        first = true;
    }

    /** Enters the array that must stand here. */
    public void beginArray() throws JsonProblem {
        if (next() != '[') {
            throw unexpected("an array");
        }
        position++;
        enter();
        first = true;
    }

    /**
     * Returns the name of the object's next member, or null at the object's end, which is then
     * left.
     */
    public @Nullable String nextMember() throws JsonProblem {
        int c = next();
        if (c == '}') {
            leave();
            return null;
        }
        if (first) {
            first = false;
        } else {
            if (c != ',') {
                throw unexpected("a comma or the object's end");
            }
            position++;
            c = next();
        }
        if (c != '"') {
            throw unexpected("a member's name");
        }
        int start = position;
        scanString();
        String name = text(start + 1, position - 1);
        if (next() != ':') {
            throw unexpected("a colon");
        }
        position++;
        return name;
    }

    /** Returns whether the name or string read last had escapes: without, it is plain UTF-8. */
    public boolean lastHadEscapes() {
        return lastStringEscaped;
    }

    /** Returns whether the array has another element, which must then be read; its end is left. */
    public boolean nextElement() throws JsonProblem {
        int c = next();
        if (c == ']') {
            leave();
            return false;
        }
        if (first) {
            first = false;
        } else {
            if (c != ',') {
                throw unexpected("a comma or the array's end");
            }
            position++;
        }
        return true;
    }

    /** Returns the value's first byte, without reading it: tells its kind. */
    public int peek() throws JsonProblem {
        return next();
    }

    /** Reads the {@code null} that stands here, or leaves another value unread. */
    public boolean readNull() throws JsonProblem {
        if (next() != 'n') {
            return false;
        }
        literal("null");
        return true;
    }

    /** Reads a string, its escapes resolved; short texts that keep coming back are one object. */
    public String readString() throws JsonProblem {
        if (next() != '"') {
            throw unexpected("a string");
        }
        int start = position;
        scanString();
        return text(start + 1, position - 1);
    }

    /**
     * Reads a whole number of up to 18 digits without a sign; leaves any other value unread and
     * returns -1.
     */
    public long readCount() throws JsonProblem {
        next();
        int limit = Math.min(end, position + COUNT_DIGITS);
        int i = position;
        long count = 0;
        while (i < limit && bytes[i] >= '0' && bytes[i] <= '9') {
            count = count * 10 + (bytes[i] - '0');
            i++;
        }
        boolean canonical = i == position + 1 || i > position && bytes[position] != '0';
        if (!canonical || i < end && !endsScalar(bytes[i])) {
            return -1;
        }
        position = i;
        return count;
    }

    /** Reads a value of any kind and gives it back exactly as it was written. */
    public String readRaw() throws JsonProblem {
        int c = next();
        int start = position;
        switch (c) {
            case '"' -> {
                scanString();
                return lastStringAscii ? ascii(start, position) : utf8(start, position);
            }
            case '{', '[' -> {
                skipValue();
                return utf8(start, position);
            }
            case 'n' -> {
                literal("null");
                return "null";
            }
            case 't' -> {
                literal("true");
                return "true";
            }
            case 'f' -> {
                literal("false");
                return "false";
            }
            default -> {
                scanNumber();
                return ascii(start, position);
            }
        }
    }

    /** Reads a value of any kind and forgets it. */
    public void skipValue() throws JsonProblem {
        switch (next()) {
            case '"' -> scanString();
            case '{' -> {
                position++;
                enter();
                if (next() == '}') {
                    leave();
                    return;
                }
                while (true) {
                    if (next() != '"') {
                        throw unexpected("a member's name");
                    }
                    scanString();
                    if (next() != ':') {
                        throw unexpected("a colon");
                    }
                    position++;
                    skipValue();
                    int c = next();
                    if (c == '}') {
                        leave();
                        return;
                    }
                    if (c != ',') {
                        throw unexpected("a comma or the object's end");
                    }
                    position++;
                }
            }
            case '[' -> {
                position++;
                enter();
                if (next() == ']') {
                    leave();
                    return;
                }
                while (true) {
                    skipValue();
                    int c = next();
                    if (c == ']') {
                        leave();
                        return;
                    }
                    if (c != ',') {
                        throw unexpected("a comma or the array's end");
                    }
                    position++;
                }
            }
            case 'n' -> literal("null");
            case 't' -> literal("true");
            case 'f' -> literal("false");
            default -> scanNumber();
        }
    }

    /**
     * Skips the object or array that stands here if it has exactly these bytes, which were read
     * before; leaves any other value unread.
     */
    public boolean skipSame(byte[] value) throws JsonProblem {
        next();
        int to = position + value.length;
        if (to > end || !Arrays.equals(bytes, position, to, value, 0, value.length)) {
            return false;
        }
        position = to;
        return true;
    }

    /** Makes sure that nothing but white space follows. */
    public void expectEnd() throws JsonProblem {
        skipSpace();
        if (position < end) {
            throw unexpected("the end of the record");
        }
    }

    private int next() throws JsonProblem {
        // Compact JSON has no white space, so look before leaping.
        if (position < end && bytes[position] > ' ') {
            return bytes[position];
        }
        skipSpace();
        if (position >= end) {
            throw new JsonProblem(NOT_JSON, "The JSON ends too early, at byte " + position + ".");
        }
        return bytes[position];
    }

    private void skipSpace() {
        while (position < end) {
            byte b = bytes[position];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return;
            }
            position++;
        }
    }

    private void enter() throws JsonProblem {
        if (++depth > maxDepth) {
            throw new JsonProblem(
                    TOO_DEEP,
                    "Objects and arrays nest deeper than "
                            + maxDepth
                            + " at byte "
                            + position
                            + ".");
        }
    }

    private void leave() {
        position++;
        depth--;
        first = false;
    }

    private void literal(String word) throws JsonProblem {
        int length = word.length();
        for (int i = 0; i < length; i++) {
            if (position + i >= end || bytes[position + i] != word.charAt(i)) {
                throw unexpected("a JSON value");
            }
        }
        position += length;
        endOfScalar();
    }

    /**
     * {@code -? int frac? exp?}, as RFC 8259 has it: no leading zero, no bare dot, no plus sign.
     */
    private void scanNumber() throws JsonProblem {
        int start = position;
        int i = position;
        if (i < end && bytes[i] == '-') {
            i++;
        }
        if (i < end && bytes[i] == '0') {
            i++;
        } else {
            i = digits(i, start);
        }
        if (i < end && bytes[i] == '.') {
            i = digits(i + 1, start);
        }
        if (i < end && (bytes[i] | 0x20) == 'e') {
            i++;
            if (i < end && (bytes[i] == '+' || bytes[i] == '-')) {
                i++;
            }
            i = digits(i, start);
        }
        position = i;
        endOfScalar();
    }

    private int digits(int from, int start) throws JsonProblem {
        int i = from;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
            i++;
        }
        if (i == from) {
            position = start;
            throw unexpected("a JSON value");
        }
        return i;
    }

    /** A number or word ends where something that may follow a value begins. */
    private void endOfScalar() throws JsonProblem {
        if (position < end && !endsScalar(bytes[position])) {
            throw unexpected("the end of a value");
        }
    }

    private static boolean endsScalar(byte b) {
        return switch (b) {
            case ',', '}', ']', ' ', '\n', '\r', '\t' -> true;
            default -> false;
        };
    }

    /** Reads the string that begins here, checking its UTF-8 and escapes. */
    private void scanString() throws JsonProblem {
        byte[] b = bytes;
        int limit = end;
        int i = position + 1;
        boolean ascii = true;
        boolean escaped = false;
        while (i < limit) {
            int c = b[i];
            if (c == '"') {
                position = i + 1;
                lastStringAscii = ascii;
                lastStringEscaped = escaped;
                return;
            }
            if (c == '\\') {
                escaped = true;
                i = escape(i);
            } else if (c >= ' ') {
                i++;
            } else if (c < 0) {
                ascii = false;
                i = multibyte(i);
            } else {
                position = i;
                throw new JsonProblem(
                        NOT_JSON,
                        "A control character stands unescaped in a string at byte " + i + ".");
            }
        }
        throw new JsonProblem(
                NOT_JSON, "A string that begins at byte " + position + " has no end.");
    }

    private int escape(int at) throws JsonProblem {
        if (at + 1 < end) {
            switch (bytes[at + 1]) {
                case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                    return at + 2;
                }
                case 'u' -> {
                    if (at + 5 < end) {
                        for (int i = at + 2; i < at + 6; i++) {
                            if (hex(bytes[i]) < 0) {
                                throw badEscape(at);
                            }
                        }
                        return at + 6;
                    }
                }
                default -> {}
            }
        }
        throw badEscape(at);
    }

    private static JsonProblem badEscape(int at) {
        return new JsonProblem(
                NOT_JSON, "A backslash at byte " + at + " begins no escape that JSON knows.");
    }

    /**
     * Checks one character of two to four bytes: no overlong form, no surrogate, none past
     * U+10FFFF.
     */
    private int multibyte(int at) throws JsonProblem {
        int lead = bytes[at] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead >= 0xC2 && lead <= 0xF4 && at + length <= end) {
            int second = bytes[at + 1] & 0xFF;
            boolean good =
                    second >= 0x80
                            && second <= 0xBF
                            && switch (lead) {
                                case 0xE0 -> second >= 0xA0;
                                case 0xED -> second <= 0x9F;
                                case 0xF0 -> second >= 0x90;
                                case 0xF4 -> second <= 0x8F;
                                default -> true;
                            };
            for (int i = at + 2; good && i < at + length; i++) {
                good = (bytes[i] & 0xC0) == 0x80;
            }
            if (good) {
                return at + length;
            }
        }
        throw new JsonProblem(NOT_UTF8, "The text is not UTF-8 at byte " + at + ".");
    }

    /** Returns the text of the string just scanned, whose content stands between these bytes. */
    private String text(int from, int to) {
        if (!lastStringEscaped) {
            return lastStringAscii ? names.text(bytes, from, to) : utf8(from, to);
        }
        // With its quotes, it is a token.
        return JsonText.scalar(utf8(from - 1, to + 1));
    }

    private String ascii(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private String utf8(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private JsonProblem unexpected(String wanted) {
        int b = position < end ? bytes[position] & 0xFF : -1;
        String foreign = foreignEncoding(b);
        if (foreign != null) {
            return new JsonProblem(NOT_JSON, foreign);
        }
        String found =
                b < 0
                        ? "the end"
                        : b > ' ' && b < 0x7F
                                ? "'" + (char) b + "'"
                                : "byte 0x" + Integer.toHexString(b);
        return new JsonProblem(
                NOT_JSON,
                "Not JSON: " + wanted + " was due at byte " + position + ", not " + found + ".");
    }

    /** Returns what is wrong with a text that is JSON but for its encoding, or null. */
    private @Nullable String foreignEncoding(int b) {
        if (position == 0 && b == 0xEF) {
            return "The text begins with a byte order mark: send it without.";
        }
        if (position == 0 && (b == 0xFE || b == 0xFF)) {
            return "The text begins with the byte order mark of UTF-16: send UTF-8.";
        }
        if (b == 0 && position <= 1) {
            return "A NUL byte stands at byte " + position + ", as in UTF-16: send UTF-8.";
        }
        return b == 0 && depth == 0
                ? "A NUL byte follows the JSON at byte " + position + ": send the JSON alone."
                : null;
    }

    private static int hex(byte b) {
        return Character.digit(b, 16);
    }
}
