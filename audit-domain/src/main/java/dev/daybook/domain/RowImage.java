package dev.daybook.domain;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is known of a row at one moment: some columns with their values, in the order in which they
 * came. A column that is absent is <em>unknown</em>, which is not the same as NULL.
 *
 * <p>Values are raw JSON tokens, exactly as they arrived: {@code 1.10} stays {@code 1.10}, {@code
 * "x"} keeps its quotes, SQL NULL is the token {@code null}. Whoever builds an image has parsed the
 * tokens; the image takes their word for it. Not modifiable; safe to share between threads.
 */
public final class RowImage {

    /** The token of SQL NULL. */
    public static final String NULL = "null";

    /** Up to here, comparing names one by one beats a hash table. */
    private static final int NARROW = 16;

    private static final RowImage EMPTY = new RowImage(new String[0], new String[0]);

    private final String[] names;
    private final String[] tokens;

    /** Built when first asked for. A race builds it twice, which does no harm. */
    private @Nullable Map<String, String> byName;

    private RowImage(String[] names, String[] tokens) {
        this.names = names;
        this.tokens = tokens;
    }

    /** Returns an image of which nothing is known. */
    public static RowImage empty() {
        return EMPTY;
    }

    /** Returns an image of these columns, whose values are raw JSON tokens. The map is copied. */
    public static RowImage of(Map<String, String> tokens) {
        Builder builder = new Builder();
        tokens.forEach(builder::add);
        return builder.build();
    }

    /** Column names to raw JSON tokens, in order; not modifiable. */
    public Map<String, String> tokens() {
        Map<String, String> map = byName;
        if (map == null) {
            LinkedHashMap<String, String> built = LinkedHashMap.newLinkedHashMap(names.length);
            for (int i = 0; i < names.length; i++) {
                built.put(names[i], tokens[i]);
            }
            map = Collections.unmodifiableMap(built);
            byName = map;
        }
        return map;
    }

    /** Returns the names of the known columns, in order. */
    public Set<String> columns() {
        return tokens().keySet();
    }

    /** Returns how many columns are known. */
    public int size() {
        return names.length;
    }

    /** Returns the name of the known column at this place, counted from 0. */
    public String nameAt(int index) {
        return names[index];
    }

    /** Returns the raw JSON token of the known column at this place, counted from 0. */
    public String tokenAt(int index) {
        return tokens[index];
    }

    /** Returns the raw JSON token of a column, or null if the column is unknown. */
    public @Nullable String token(String column) {
        if (names.length > NARROW) {
            return tokens().get(column);
        }
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(column)) {
                return tokens[i];
            }
        }
        return null;
    }

    /** Returns whether the column's value is known (it may be known to be NULL). */
    public boolean knows(String column) {
        return token(column) != null;
    }

    public boolean isEmpty() {
        return names.length == 0;
    }

    /**
     * Returns whether both know the same columns with the same tokens; their order does not matter.
     */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RowImage that
                && names.length == that.names.length
                && tokens().equals(that.tokens());
    }

    @Override
    public int hashCode() {
        return tokens().hashCode();
    }

    @Override
    public String toString() {
        return tokens().toString();
    }

    /** Collects columns; may be used again after {@link #build}. Not for several threads. */
    public static final class Builder {

        private String[] names = new String[NARROW];
        private String[] tokens = new String[NARROW];
        private int size;

        /** How many of the columns are known to have different names. */
        private int distinct;

        /** Adds a column and its raw JSON token. */
        public Builder add(String name, String token) {
            if (size == names.length) {
                names = Arrays.copyOf(names, size * 2);
                tokens = Arrays.copyOf(tokens, size * 2);
            }
            names[size] = name;
            tokens[size++] = token;
            return this;
        }

        /** Forgets what was added. */
        public void clear() {
            size = 0;
            distinct = 0;
        }

        /**
         * Returns the image, after which this builder is empty again.
         *
         * @throws IllegalArgumentException if a column was added twice
         */
        public RowImage build() {
            String twice = firstDuplicate();
            if (twice != null) {
                clear();
                throw new IllegalArgumentException(
                        "Column \"" + twice + "\" is there twice: a row has each once.");
            }
            RowImage image =
                    size == 0
                            ? EMPTY
                            : new RowImage(Arrays.copyOf(names, size), Arrays.copyOf(tokens, size));
            clear();
            return image;
        }

        /** Returns the first column that was added more than once, or null; looks at each once. */
        public @Nullable String firstDuplicate() {
            if (size > 2 * NARROW && distinct < size) {
                Set<String> seen = HashSet.newHashSet(size);
                for (int i = 0; i < size; i++) {
                    if (!seen.add(names[i])) {
                        return names[i];
                    }
                }
                distinct = size;
                return null;
            }
            for (int i = Math.max(1, distinct); i < size; i++) {
                for (int j = 0; j < i; j++) {
                    if (names[i].equals(names[j])) {
                        return names[i];
                    }
                }
            }
            distinct = size;
            return null;
        }
    }
}
