package dev.daybook.api.rest;

import dev.daybook.api.query.Page;
import dev.daybook.api.query.RowQueries.RowAt;
import dev.daybook.api.query.RowQueries.RowBetween;
import dev.daybook.api.query.TableColumns;
import dev.daybook.api.query.TableColumns.Defined;
import dev.daybook.api.query.TransactionQueries.Found;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.history.EntryView;
import dev.daybook.domain.history.Fact;
import dev.daybook.domain.history.FieldChange;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.RowDiff;
import dev.daybook.domain.history.RowDiff.Difference;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives values the shape of their column's type, where the log knows it; see {@link TypedJson}. */
@Component
class TypedRows {

    private final TableColumns columns;

    TypedRows(TableColumns columns) {
        this.columns = columns;
    }

    Page<RecordedView> page(Page<RecordedView> page) {
        return new Page<>(
                page.items().stream().map(view -> view(view, page.completeUntil())).toList(),
                page.nextCursor(),
                page.completeUntil(),
                page.gaps());
    }

    Found transaction(Found found) {
        return new Found(
                found.transaction(), found.context(), found.otherCommits(), page(found.page()));
    }

    /**
     * Returns an entry with typed values.
     *
     * @param settled up to when the log is complete for the answer, or null
     */
    RecordedView view(RecordedView recorded, @Nullable Instant settled) {
        AuditEntry entry = recorded.recorded().entry();
        Defined defined = defined(columns, entry, settled);
        if (defined == null) {
            return recorded;
        }
        EntryView view = recorded.view();
        return new RecordedView(
                recorded.recorded(),
                new EntryView(
                        image(view.before(), defined),
                        view.beforeOrigin(),
                        view.completedBefore(),
                        image(view.after(), defined),
                        view.completedAfter(),
                        changes(view.changes(), defined)));
    }

    /** Returns the columns that an entry's values are of; null if it is of no row, or unknown. */
    static @Nullable Defined defined(
            TableColumns columns, AuditEntry entry, @Nullable Instant settled) {
        return switch (entry.operation()) {
            case TABLE_CHANGE, TRUNCATE -> null;
            case SNAPSHOT, INSERT, UPDATE, DELETE ->
                    columns.at(entry.source(), entry.table(), entry.committedAt(), settled);
        };
    }

    private static List<FieldChange> changes(List<FieldChange> changes, Defined defined) {
        return changes.stream().map(change -> change(change, defined)).toList();
    }

    private static FieldChange change(FieldChange change, Defined defined) {
        String type = defined.type(change.field());
        return type == null
                ? change
                : new FieldChange(
                        change.field(),
                        token(change.from(), type),
                        token(change.to(), type),
                        change.fromOrigin());
    }

    private static @Nullable RowImage image(@Nullable RowImage image, Defined defined) {
        if (image == null) {
            return null;
        }
        RowImage.Builder typed = null;
        for (int i = 0; i < image.size(); i++) {
            String token = image.tokenAt(i);
            String written = TypedJson.of(token, defined.type(image.nameAt(i)));
            if (typed == null && !written.equals(token)) {
                typed = new RowImage.Builder();
                for (int before = 0; before < i; before++) {
                    typed.add(image.nameAt(before), image.tokenAt(before));
                }
            }
            if (typed != null) {
                typed.add(image.nameAt(i), written);
            }
        }
        return typed == null ? image : typed.build();
    }

    private static @Nullable String token(@Nullable String token, String type) {
        return token == null ? null : TypedJson.of(token, type);
    }

    RowAt state(RowAt found) {
        Defined defined = defined(found);
        if (defined == null) {
            return found;
        }
        Map<String, Fact> facts = new LinkedHashMap<>();
        found.facts().forEach((name, fact) -> facts.put(name, fact(fact, defined.type(name))));
        return found.withFacts(facts);
    }

    private @Nullable Defined defined(RowAt found) {
        return found.source() == null
                ? null
                : columns.at(found.source(), found.table(), found.at(), found.completeUntil());
    }

    RowBetween diff(RowBetween found) {
        Defined from = defined(found, found.from());
        Defined to = defined(found, found.to());
        if (from == null || to == null) {
            return found;
        }
        RowDiff diff = found.diff();
        List<Difference> typed =
                diff.differences().stream()
                        .map(
                                difference ->
                                        new Difference(
                                                difference.field(),
                                                fact(difference.from(), difference.field(), from),
                                                fact(difference.to(), difference.field(), to),
                                                difference.fromEntry(),
                                                difference.toEntry()))
                        .toList();
        return found.withDiff(new RowDiff(diff.from(), diff.to(), typed, diff.undecided()));
    }

    private @Nullable Defined defined(RowBetween found, @Nullable Instant at) {
        return found.source() == null
                ? null
                : columns.at(found.source(), found.table(), at, found.completeUntil());
    }

    private static @Nullable Fact fact(@Nullable Fact fact, String field, Defined defined) {
        return fact == null ? null : fact(fact, defined.type(field));
    }

    private static Fact fact(Fact fact, @Nullable String type) {
        return new Fact(
                TypedJson.of(fact.token(), type), fact.entry(), fact.committedAt(), fact.origin());
    }
}
