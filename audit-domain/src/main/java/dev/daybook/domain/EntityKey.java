package dev.daybook.domain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a row within its table, as one text.
 *
 * <p>For a key of one column it is the value itself ({@code 42}, {@code a/b}, or the empty string);
 * for a key of several columns a JSON array of the values' raw tokens in key order ({@code
 * [42,"a"]}).
 */
public record EntityKey(String text) {

    /**
     * The key of a row, from its key columns' raw JSON tokens in key order, or null where a column is
     * unknown or the list is empty: the row then has no identity.
     */
    public static @Nullable EntityKey of(RowImage image, List<String> keyColumns) {
        if (keyColumns.isEmpty()) {
            return null;
        }
        if (keyColumns.size() == 1) {
            String token = image.token(keyColumns.getFirst());
            return token == null ? null : new EntityKey(JsonText.scalar(token));
        }
        StringBuilder array = new StringBuilder("[");
        for (String column : keyColumns) {
            String token = image.token(column);
            if (token == null) {
                return null;
            }
            if (array.length() > 1) {
                array.append(',');
            }
            array.append(token);
        }
        return new EntityKey(array.append(']').toString());
    }

    @Override
    public String toString() {
        return text;
    }
}
