package dev.daybook.domain;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a row at one moment: some columns with their values, in the order in which they
 * came. A column that is absent is <em>unknown</em>, which is not the same as NULL.
 *
 * <p>Values are raw JSON tokens, exactly as they arrived: {@code 1.10} stays {@code 1.10}, {@code
 * "x"} keeps its quotes, SQL NULL is the token {@code null}.
 */
public final class RowImage {

    /** The token of SQL NULL. */
    public static final String NULL = "null";

    private static final RowImage EMPTY = new RowImage(Map.of());

    private final Map<String, String> tokens;

    private RowImage(Map<String, String> tokens) {
        this.tokens = tokens;
    }

    /** An image of which nothing is known. */
    public static RowImage empty() {
        return EMPTY;
    }

    /** An image of these columns, whose values are raw JSON tokens. The map is copied. */
    public static RowImage of(Map<String, String> tokens) {
        return tokens.isEmpty() ? EMPTY : new RowImage(Collections.unmodifiableMap(new LinkedHashMap<>(tokens)));
    }

    /** Column names to raw JSON tokens, in order; not modifiable. */
    public Map<String, String> tokens() {
        return tokens;
    }

    /** The names of the known columns, in order. */
    public Set<String> columns() {
        return tokens.keySet();
    }

    /** The raw JSON token of a column, or null if the column is unknown. */
    public @Nullable String token(String column) {
        return tokens.get(column);
    }

    /** Whether the column's value is known (it may be known to be NULL). */
    public boolean knows(String column) {
        return tokens.containsKey(column);
    }

    public boolean isEmpty() {
        return tokens.isEmpty();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RowImage that && tokens.equals(that.tokens);
    }

    @Override
    public int hashCode() {
        return tokens.hashCode();
    }

    @Override
    public String toString() {
        return tokens.toString();
    }
}
