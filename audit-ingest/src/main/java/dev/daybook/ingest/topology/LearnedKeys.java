package dev.daybook.ingest.topology;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.RowImage;
import dev.daybook.ingest.change.Decoded;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Learns the key column of a table that nothing defines from the key's value that its records
 * carry: the column whose value equals it. The true key always does, so further records only take
 * candidates away. Keys of several columns are not learned.
 */
final class LearnedKeys {

    /** The columns that may be the key of a table, by table; none left: it was contradicted. */
    private final Map<DefinitionQueue.Table, List<String>> candidates = new HashMap<>();

    /**
     * Takes a record into account.
     *
     * @return whether what is known of the table's key changed
     */
    boolean observe(DefinitionQueue.Table table, Decoded.Change change) {
        String value = change.at().keyValue();
        // A delete has only columns of the key, or placeholders: it could match by accident.
        if (value == null || change.operation() == Operation.DELETE) {
            return false;
        }
        List<String> before = candidates.get(table);
        if (before != null && before.isEmpty()) {
            return false;
        }
        List<String> matching = matching(bare(value, change.at().table()), change.data());
        if (before != null) {
            matching.retainAll(before);
        }
        if (matching.equals(before)) {
            return false;
        }
        candidates.put(table, List.copyOf(matching));
        return true;
    }

    /** Returns the key column, if there is only one that it can be. */
    @Nullable String key(DefinitionQueue.Table table) {
        List<String> columns = candidates.get(table);
        return columns != null && columns.size() == 1 ? columns.getFirst() : null;
    }

    /** Returns whether more than one column can be the key. */
    boolean isAmbiguous(DefinitionQueue.Table table) {
        List<String> columns = candidates.get(table);
        return columns != null && columns.size() > 1;
    }

    /** Returns whether no column can be the key alone. */
    boolean isContradicted(DefinitionQueue.Table table) {
        List<String> columns = candidates.get(table);
        return columns != null && columns.isEmpty();
    }

    /** Returns the value without the table's name, which DMS may write before it. */
    private static String bare(String value, TableName table) {
        int schema = table.schema().length();
        int prefix = schema + 1 + table.name().length() + 1;
        return value.length() > prefix
                        && value.startsWith(table.schema())
                        && value.charAt(schema) == '.'
                        && value.startsWith(table.name(), schema + 1)
                        && value.charAt(prefix - 1) == '.'
                ? value.substring(prefix)
                : value;
    }

    private static List<String> matching(String value, RowImage row) {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            String token = row.tokenAt(i);
            if (!token.equals(RowImage.NULL) && JsonText.scalar(token).equals(value)) {
                columns.add(row.nameAt(i));
            }
        }
        return columns;
    }
}
