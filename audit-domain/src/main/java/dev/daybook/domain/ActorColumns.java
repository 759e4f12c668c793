package dev.daybook.domain;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns in which a row itself says who wrote it last, such as {@code updated_by}. They count
 * for inserts and updates: a deleted row names who changed it before, and a snapshot is nobody's
 * doing. Not for several threads.
 */
public final class ActorColumns {

    private final List<Column> columns;
    private final Map<TableName, List<NamePattern>> byTable = new HashMap<>();

    public ActorColumns(List<Column> columns) {
        this.columns = List.copyOf(columns);
    }

    /**
     * A column that names an actor.
     *
     * @param table the tables, as {@code schema.table}
     * @param column the column
     */
    public record Column(NamePattern table, NamePattern column) {

        /** Reads {@code column}, for every table, or {@code schema.table.column}. */
        public static Column parse(String text) {
            int dot = text.lastIndexOf('.');
            return dot < 0
                    ? new Column(new NamePattern("*"), new NamePattern(text))
                    : new Column(
                            new NamePattern(text.substring(0, dot)),
                            new NamePattern(text.substring(dot + 1)));
        }
    }

    /** Returns who, as the first of these columns that the new row has says it, or null. */
    public @Nullable String actor(ChangeEvent change) {
        RowImage row = change.after();
        boolean written =
                change.operation() == Operation.INSERT || change.operation() == Operation.UPDATE;
        if (columns.isEmpty() || row == null || !written) {
            return null;
        }
        for (NamePattern column : of(change.table())) {
            for (int i = 0; i < row.size(); i++) {
                if (column.matches(row.nameAt(i))) {
                    String actor = name(row.tokenAt(i));
                    if (actor != null) {
                        return actor;
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable String name(String token) {
        if (token.equals(RowImage.NULL) || Redaction.isMasked(token)) {
            return null;
        }
        String text = JsonText.scalar(token);
        return text.isEmpty() || !JsonText.isStorable(text) ? null : text;
    }

    private List<NamePattern> of(TableName table) {
        List<NamePattern> known = byTable.get(table);
        if (known == null) {
            List<NamePattern> patterns = new ArrayList<>();
            for (Column column : columns) {
                if (column.table().matches(table.toString())) {
                    patterns.add(column.column());
                }
            }
            known = patterns;
            byTable.put(table, known);
        }
        return known;
    }
}
