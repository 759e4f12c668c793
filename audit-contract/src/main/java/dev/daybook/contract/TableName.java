package dev.daybook.contract;

import java.util.Objects;

/**
 * A table of a source database.
 *
 * <p>Its text form is {@code schema.table}. A part that itself contains a dot or a double quote is
 * written as SQL would quote it, so that the text form reads back to the same table.
 */
public record TableName(String schema, String name) implements Comparable<TableName> {

    public TableName {
        Objects.requireNonNull(schema, "schema");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("A table's name is not empty.");
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if the text is not {@code schema.table}
     */
    public static TableName parse(String text) {
        StringBuilder part = new StringBuilder();
        String schema = null;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    part.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == '.' && !quoted) {
                if (schema != null) {
                    throw notATable(text);
                }
                schema = part.toString();
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        if (schema == null || quoted || part.isEmpty()) {
            throw notATable(text);
        }
        return new TableName(schema, part.toString());
    }

    private static IllegalArgumentException notATable(String text) {
        return new IllegalArgumentException(
                "\""
                        + text
                        + "\" is not a table: write schema.table, and quote a part that contains a"
                        + " dot.");
    }

    @Override
    public int compareTo(TableName other) {
        int bySchema = schema.compareTo(other.schema);
        return bySchema != 0 ? bySchema : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return quoted(schema) + "." + quoted(name);
    }

    private static String quoted(String part) {
        return part.indexOf('.') < 0 && part.indexOf('"') < 0
                ? part
                : "\"" + part.replace("\"", "\"\"") + "\"";
    }
}
