package dev.daybook.connect.source;

import java.nio.charset.StandardCharsets;

/**
 * How a value of a PostgreSQL type is written in JSON, from the text that PostgreSQL gives for it
 * under {@code TimeZone UTC}, {@code DateStyle ISO}, {@code IntervalStyle postgres}, {@code
 * bytea_output hex} and {@code extra_float_digits 3}.
 */
enum ValueKind {
    /** A number is its exact text; what a JSON number cannot say (NaN, infinities) is a string. */
    NUMBER {
        @Override
        void write(JsonBuffer out, byte[] text, int offset, int count) {
            int first = offset < offset + count && text[offset] == '-' ? offset + 1 : offset;
            if (count > 0 && text[first] >= '0' && text[first] <= '9') {
                out.raw(text, offset, count);
            } else {
                out.string(text, offset, count);
            }
        }
    },
    /** {@code true} or {@code false}. */
    BOOLEAN {
        @Override
        void write(JsonBuffer out, byte[] text, int offset, int count) {
            out.raw(count > 0 && text[offset] == 't' ? "true" : "false");
        }
    },
    /** {@code "0x"} and upper-case hexadecimal digits. */
    BYTES {
        @Override
        void write(JsonBuffer out, byte[] text, int offset, int count) {
            if (count < 2 || text[offset] != '\\' || text[offset + 1] != 'x') {
                out.string(text, offset, count);
                return;
            }
            out.raw("\"0x");
            for (int i = offset + 2; i < offset + count; i++) {
                byte digit = text[i];
                out.raw((char) (digit >= 'a' ? digit - 'a' + 'A' : digit));
            }
            out.raw('"');
        }
    },
    /**
     * ISO 8601 with a {@code Z}, for {@code timestamp} and {@code timestamptz} alike, as DMS does;
     * infinities and years before Christ stay PostgreSQL's text.
     */
    TIMESTAMP {
        @Override
        void write(JsonBuffer out, byte[] text, int offset, int count) {
            int end = offset + count;
            if (count < 19 || text[offset] < '0' || text[offset] > '9' || text[end - 1] == 'C') {
                out.string(text, offset, count);
                return;
            }
            int space = offset;
            while (space < end && text[space] != ' ') {
                space++;
            }
            if (space == end) {
                out.string(text, offset, count);
                return;
            }
            boolean zone = space < end - 3 && text[end - 3] == '+';
            out.raw('"').raw(text, offset, space - offset).raw('T');
            out.raw(text, space + 1, (zone ? end - 3 : end) - space - 1).raw("Z\"");
        }
    },
    /** PostgreSQL's text as a JSON string. */
    TEXT {
        @Override
        void write(JsonBuffer out, byte[] text, int offset, int count) {
            out.string(text, offset, count);
        }
    };

    /** Writes a value that is not null, from its PostgreSQL text. */
    abstract void write(JsonBuffer out, byte[] text, int offset, int count);

    /**
     * Returns the kind of a built-in base type, by its object identifier, which PostgreSQL never
     * changes.
     */
    static ValueKind of(int typeOid) {
        return switch (typeOid) {
            case 20, 21, 23, 26, 700, 701, 1700 -> NUMBER;
            case 16 -> BOOLEAN;
            case 17 -> BYTES;
            case 1114, 1184 -> TIMESTAMP;
            default -> TEXT;
        };
    }

    /**
     * Returns the word that DMS has for a built-in base type; {@code STRING} for what it has none.
     */
    static String dmsWord(int typeOid) {
        return switch (typeOid) {
            case 16 -> "BOOL";
            case 17 -> "BYTES";
            case 20, 26 -> "INT64";
            case 21 -> "INT16";
            case 23 -> "INT32";
            case 700 -> "FLOAT";
            case 701 -> "DOUBLE";
            case 1700 -> "NUMERIC";
            case 1082 -> "DATE32";
            case 1083, 1266 -> "TIME";
            case 1114, 1184 -> "TIMESTAMP";
            default -> "STRING";
        };
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
