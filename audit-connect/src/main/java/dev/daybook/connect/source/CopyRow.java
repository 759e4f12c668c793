package dev.daybook.connect.source;

/** Reads rows of COPY's text format, in place. */
final class CopyRow {

    private CopyRow() {}

    /**
     * Splits a row into its fields and takes the escapes out; the array is changed.
     *
     * @param columns how many fields the row has
     * @throws IllegalArgumentException if the row has another number of fields
     */
    static void read(byte[] row, int columns, Tuple into) {
        into.reset(row, columns);
        int end = row.length > 0 && row[row.length - 1] == '\n' ? row.length - 1 : row.length;
        int column = 0;
        int from = 0;
        int to = 0;
        boolean isNull = false;
        for (int i = 0; i <= end; i++) {
            if (i == end || row[i] == '\t') {
                if (column == columns) {
                    throw new IllegalArgumentException(
                            "A row has more fields than columns: " + columns + ".");
                }
                into.set(column++, isNull ? Tuple.NULL : Tuple.TEXT, from, to - from);
                from = i + 1;
                to = from;
                isNull = false;
            } else if (row[i] == '\\') {
                byte escape = row[++i];
                switch (escape) {
                    case 'N' -> isNull = true;
                    case 'b' -> row[to++] = '\b';
                    case 'f' -> row[to++] = '\f';
                    case 'n' -> row[to++] = '\n';
                    case 'r' -> row[to++] = '\r';
                    case 't' -> row[to++] = '\t';
                    case 'v' -> row[to++] = 0x0B;
                    default -> row[to++] = escape;
                }
            } else {
                if (to != i) {
                    row[to] = row[i];
                }
                to++;
            }
        }
        if (column != columns) {
            throw new IllegalArgumentException(
                    "A row has " + column + " fields and not " + columns + ".");
        }
    }
}
