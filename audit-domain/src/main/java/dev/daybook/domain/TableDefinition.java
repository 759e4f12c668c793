package dev.daybook.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is known of a table: its columns and its key.
 *
 * @param columns the columns in the table's order; empty if only the key is known
 * @param key the names of the key's columns in key order; empty for a table without a key
 * @param certain false since a change of the table that did not say what its columns are now: none
 *     is then missing from a row that does not have it
 */
public record TableDefinition(List<Column> columns, List<String> key, boolean certain) {

    public TableDefinition {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
    }

    public TableDefinition(List<Column> columns, List<String> key) {
        this(columns, key, true);
    }

    /** Returns a definition of which only the key is known. */
    public static TableDefinition ofKey(List<String> key) {
        return new TableDefinition(List.of(), key);
    }

    /** Returns the same columns under another key. */
    public TableDefinition withKey(List<String> other) {
        return new TableDefinition(columns, other, certain);
    }

    /** Returns the same after a change of the table that did not say what its columns are now. */
    public TableDefinition uncertain() {
        return new TableDefinition(columns, key, false);
    }

    /**
     * A column.
     *
     * @param name its name
     * @param type the type's word as the capture gives it ({@code INT64}, {@code bigint}); an open
     *     set
     * @param length the length that a capture declares for a bounded type, or null
     * @param nullable whether it may be NULL
     */
    public record Column(String name, String type, @Nullable Long length, boolean nullable) {

        public Column {
            if (name.isEmpty()) {
                throw new IllegalArgumentException("A column's name is not empty.");
            }
        }
    }
}
