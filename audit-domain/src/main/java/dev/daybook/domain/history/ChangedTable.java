package dev.daybook.domain.history;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.RecordMember.Control;
import dev.daybook.contract.RecordMember.TableChanged;
import dev.daybook.contract.TableChange;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.RowImages;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What became of a table, as an entry says it, and what that means for its rows.
 *
 * @param word the word of the change, of an open set; see {@link TableChange}
 * @param oid the table's oid in the source, or null where the capture did not say
 * @param from the name that the table had before; the entry stands under its new name
 * @param to the name that the table has now; the entry stands under its former name
 * @param before the former definition, or null where the record did not say
 * @param after the new definition, or null where the record did not say
 * @param rewritten columns whose values were written anew
 * @param partition the partition that was attached, detached, truncated or dropped, or null
 * @param empty whether the partition that was attached surely has no rows
 * @param body the control object as the record had it, as raw JSON, or null
 */
public record ChangedTable(
        String word,
        @Nullable Long oid,
        @Nullable TableName from,
        @Nullable TableName to,
        @Nullable Definition before,
        @Nullable Definition after,
        Set<String> rewritten,
        @Nullable String partition,
        boolean empty,
        @Nullable String body) {

    /**
     * A table's definition.
     *
     * @param columns in the table's order
     * @param key the names of the key's columns in key order
     */
    public record Definition(List<Column> columns, List<String> key) {

        private @Nullable Column numbered(long number) {
            for (Column column : columns) {
                if (column.number() != null && column.number() == number) {
                    return column;
                }
            }
            return null;
        }

        private List<Long> keyNumbers() {
            List<Long> numbers = new ArrayList<>();
            for (String name : key) {
                for (Column column : columns) {
                    if (column.name().equals(name) && column.number() != null) {
                        numbers.add(column.number());
                    }
                }
            }
            return numbers;
        }
    }

    /**
     * A column.
     *
     * @param number its number in its table, which stays through a renaming; null if not said
     * @param type the type's word as the capture gives it
     */
    public record Column(String name, @Nullable Long number, String type) {}

    /**
     * What became of a column.
     *
     * @param name its name now; its last one where it was dropped
     * @param formerName its name before, where it was renamed
     * @param type its type now, or its last one
     * @param formerType its type before, where it has another
     */
    public record ColumnChange(
            What what,
            String name,
            @Nullable String formerName,
            String type,
            @Nullable String formerType) {

        /** What happened to a column. Of several, the last of these that holds. */
        public enum What {
            ADDED,
            DROPPED,
            RENAMED,
            /** It has another type, and the values are what they were. */
            RETYPED,
            /** Its values were written anew. */
            REWRITTEN
        }
    }

    /** What a change means for what was known of the table's rows. */
    enum Effect {
        /** The rows are what they were. */
        NONE,
        /** The rows are what they were, apart from their columns. */
        COLUMNS,
        /** The rows are there, and nothing that was known of their values holds. */
        VALUES_UNKNOWN,
        /** Whether a row is there is unknown; if it is, its values are what they were. */
        PRESENCE_UNKNOWN,
        /** Nothing that was known holds. */
        UNKNOWN,
        /** The rows are not under this name any more. */
        ROWS_END
    }

    /** Reads what an entry of that operation says. */
    public static ChangedTable of(AuditEntry entry) {
        RowImage after = entry.after() == null ? RowImage.empty() : entry.after();
        String word = text(after.token(TableChanged.CHANGE));
        String body = after.token(TableChanged.CONTROL);
        RowImage control = members(body);
        return new ChangedTable(
                word == null ? "" : word,
                number(control.token(Control.OID)),
                table(control.token(Control.FROM)),
                table(control.token(Control.TO)),
                definition(control.token(Control.WAS)),
                definition(control.token(Control.TABLE_DEF)),
                Set.copyOf(texts(control.token(Control.REWRITTEN))),
                text(control.token(Control.PARTITION)),
                "true".equals(control.token(Control.EMPTY)),
                body == null || body.equals(RowImage.NULL) ? null : body);
    }

    /** Returns what became of each column, in the new table's order, dropped ones last. */
    public List<ColumnChange> columns() {
        if (before == null || after == null) {
            return List.of();
        }
        List<ColumnChange> changes = new ArrayList<>();
        for (Column is : after.columns()) {
            Column was = is.number() == null ? null : before.numbered(is.number());
            if (was == null) {
                changes.add(
                        new ColumnChange(
                                ColumnChange.What.ADDED, is.name(), null, is.type(), null));
                continue;
            }
            boolean renamed = !was.name().equals(is.name());
            boolean retyped = !was.type().equals(is.type());
            boolean anew = rewritten.contains(is.name());
            if (renamed || retyped || anew) {
                changes.add(
                        new ColumnChange(
                                anew
                                        ? ColumnChange.What.REWRITTEN
                                        : retyped
                                                ? ColumnChange.What.RETYPED
                                                : ColumnChange.What.RENAMED,
                                is.name(),
                                renamed ? was.name() : null,
                                is.type(),
                                retyped ? was.type() : null));
            }
        }
        for (Column was : before.columns()) {
            if (was.number() == null || after.numbered(was.number()) == null) {
                changes.add(
                        new ColumnChange(
                                ColumnChange.What.DROPPED, was.name(), null, was.type(), null));
            }
        }
        return changes;
    }

    /** Returns whether the key has other columns than before. */
    public boolean keyChanged() {
        return before != null && after != null && !before.keyNumbers().equals(after.keyNumbers());
    }

    /**
     * Returns what the change means for what was known of the rows under the entry's table name.
     */
    Effect effect() {
        TableChange change = TableChange.ofWord(word).orElse(null);
        if (change == null) {
            return Effect.UNKNOWN;
        }
        return switch (change) {
            case DROP_TABLE -> Effect.ROWS_END;
            // DMS says so before each load, whether or not the table was made anew.
            case CREATE_TABLE -> oid == null ? Effect.UNKNOWN : Effect.ROWS_END;
            case RENAME_TABLE ->
                    to != null
                            ? Effect.ROWS_END
                            : from == null ? Effect.UNKNOWN : effectOnColumns();
            case ALTER_TABLE -> effectOnColumns();
            case CAPTURE_TABLE, RELEASE_TABLE -> Effect.UNKNOWN;
            case DEFINE_TABLE -> Effect.NONE;
            case ATTACH_PARTITION -> empty ? Effect.NONE : Effect.UNKNOWN;
            case DETACH_PARTITION, DROP_PARTITION, TRUNCATE_PARTITION -> Effect.PRESENCE_UNKNOWN;
            // Neither the former nor the new definition is sure to be there.
            case ADD_COLUMN, DROP_COLUMN, RENAME_COLUMN, COLUMN_TYPE_CHANGE, CHANGE_COLUMNS ->
                    Effect.VALUES_UNKNOWN;
        };
    }

    private Effect effectOnColumns() {
        if (before == null || after == null) {
            return from == null ? Effect.VALUES_UNKNOWN : Effect.COLUMNS;
        }
        return keyChanged() ? Effect.UNKNOWN : Effect.COLUMNS;
    }

    /**
     * The columns whose values are what they were, by their former names, with their names now;
     * null where the change leaves all of them alone.
     */
    @Nullable Map<String, String> kept() {
        if (before == null || after == null) {
            return null;
        }
        Map<String, String> kept = new LinkedHashMap<>();
        for (Column is : after.columns()) {
            Column was = is.number() == null ? null : before.numbered(is.number());
            if (was != null && !rewritten.contains(is.name())) {
                kept.put(was.name(), is.name());
            }
        }
        return kept;
    }

    /** Takes names of columns back to what they were before; what was not there is left out. */
    Set<String> formerNames(Set<String> names) {
        Map<String, String> kept = kept();
        if (kept == null) {
            return names;
        }
        Set<String> former = new HashSet<>();
        kept.forEach(
                (was, is) -> {
                    if (names.contains(is)) {
                        former.add(was);
                    }
                });
        return former;
    }

    private static @Nullable Definition definition(@Nullable String token) {
        RowImage definition = members(token);
        String named = definition.token(Control.COLUMNS);
        if (named == null || !named.startsWith("{")) {
            return null;
        }
        List<Column> columns = new ArrayList<>();
        members(named).tokens().forEach((name, described) -> columns.add(column(name, described)));
        columns.sort(
                Comparator.comparingLong(
                        column -> column.number() == null ? Long.MAX_VALUE : column.number()));
        return new Definition(List.copyOf(columns), texts(definition.token(Control.PRIMARY_KEY)));
    }

    private static Column column(String name, String token) {
        RowImage described = members(token);
        String type = text(described.token(Control.POSTGRES_TYPE));
        if (type == null) {
            type = text(described.token(Control.TYPE));
        }
        return new Column(name, number(described.token(Control.NUMBER)), type == null ? "" : type);
    }

    /** Returns an object's members; none of what is no object, or has a member twice. */
    private static RowImage members(@Nullable String token) {
        if (token == null || !token.startsWith("{")) {
            return RowImage.empty();
        }
        try {
            return Objects.requireNonNull(RowImages.read(token));
        } catch (IllegalArgumentException twice) {
            return RowImage.empty();
        }
    }

    private static @Nullable TableName table(@Nullable String token) {
        String text = text(token);
        try {
            return text == null ? null : TableName.parse(text);
        } catch (IllegalArgumentException noTable) {
            return null;
        }
    }

    private static @Nullable Long number(@Nullable String token) {
        try {
            return token == null || token.length() > 18 ? null : Long.valueOf(token);
        } catch (NumberFormatException noNumber) {
            return null;
        }
    }

    private static @Nullable String text(@Nullable String token) {
        return token == null || !token.startsWith("\"") ? null : JsonText.scalar(token);
    }

    /** Reads an array of strings; what is none is left out. */
    private static List<String> texts(@Nullable String token) {
        List<String> texts = new ArrayList<>();
        if (token == null || !token.startsWith("[")) {
            return texts;
        }
        int at = 0;
        while ((at = token.indexOf('"', at)) >= 0) {
            int end = at + 1;
            while (token.charAt(end) != '"') {
                end += token.charAt(end) == '\\' ? 2 : 1;
            }
            texts.add(JsonText.scalar(token.substring(at, end + 1)));
            at = end + 1;
        }
        return texts;
    }
}
