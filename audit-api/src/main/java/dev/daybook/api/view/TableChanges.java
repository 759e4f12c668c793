package dev.daybook.api.view;

import dev.daybook.api.view.Changes.Change;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.ChangedTable;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Says what became of a table, in the form of changes of columns. */
final class TableChanges {

    private TableChanges() {}

    /** Returns what became of the table and its columns, at most a number of lines. */
    static List<Change> of(AuditEntry entry, int most) {
        ChangedTable changed = ChangedTable.of(entry);
        List<Change> lines = new ArrayList<>();
        String from = changed.from() == null ? null : changed.from().toString();
        String to = changed.to() == null ? null : changed.to().toString();
        lines.add(
                line(
                        "table",
                        from != null ? from : to == null ? null : entry.table().toString(),
                        from != null ? entry.table().toString() : to,
                        changed.word().replace('-', ' ')));
        if (changed.partition() != null) {
            lines.add(line("partition", null, changed.partition(), null));
        }
        for (ChangedTable.ColumnChange column : changed.columns()) {
            boolean renamed = column.formerName() != null;
            boolean dropped = column.what() == ChangedTable.ColumnChange.What.DROPPED;
            lines.add(
                    line(
                            column.name(),
                            dropped
                                    ? column.type()
                                    : renamed ? column.formerName() : column.formerType(),
                            dropped ? null : renamed ? column.name() : column.type(),
                            column.what().name().toLowerCase(Locale.ROOT)));
        }
        return lines.size() <= most ? lines : lines.subList(0, most);
    }

    private static Change line(
            String field, @Nullable String from, @Nullable String to, @Nullable String by) {
        return Change.plain(
                Texts.visible(field),
                from == null ? null : new Values.Value("plain", Texts.visible(from), null, null),
                false,
                to == null ? null : new Values.Value("plain", Texts.visible(to), null, null),
                by == null ? null : Texts.visible(by));
    }
}
