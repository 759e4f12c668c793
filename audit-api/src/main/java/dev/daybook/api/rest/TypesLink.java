package dev.daybook.api.rest;

import dev.daybook.api.query.RowQueries.RowAt;
import dev.daybook.api.query.RowQueries.RowBetween;
import dev.daybook.api.query.TableColumns;
import dev.daybook.api.query.TableColumns.Defined;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;
import org.mapstruct.Named;
import org.springframework.stereotype.Component;
import org.springframework.web.util.UriUtils;

import java.nio.charset.StandardCharsets;

/**
 * Refers answers with rows to the types of their columns, at {@code /tables/{table}/columns}: one
 * address for all entries between two changes of their table. Null where the log does not know.
 */
@Component
class TypesLink {

    static final String DESCRIPTION =
            "Where the columns' types are: a path of this interface. Null where the log does not"
                    + " know them.";

    static final String EXAMPLE =
            "/api/v1/tables/public.products/columns?source=shop&at=2026-11-22T09:30:00.000000Z";

    private final TableColumns columns;

    TypesLink(TableColumns columns) {
        this.columns = columns;
    }

    @Named("types")
    @Nullable String of(RecordedView view) {
        var entry = view.recorded().entry();
        return link(entry.source(), entry.table(), TypedRows.defined(columns, entry, null));
    }

    @Named("types")
    @Nullable String of(RowAt found) {
        String source = found.source();
        return source == null
                ? null
                : link(
                        source,
                        found.table(),
                        columns.at(source, found.table(), found.at(), found.completeUntil()));
    }

    /** Refers to the types at the later instant. */
    @Named("types")
    @Nullable String of(RowBetween found) {
        String source = found.source();
        return source == null
                ? null
                : link(
                        source,
                        found.table(),
                        columns.at(source, found.table(), found.to(), found.completeUntil()));
    }

    private static @Nullable String link(
            String source, TableName table, @Nullable Defined defined) {
        return defined == null
                ? null
                : "/api/v1/tables/"
                        + UriUtils.encode(table.toString(), StandardCharsets.UTF_8)
                        + "/columns?source="
                        + UriUtils.encode(source, StandardCharsets.UTF_8)
                        + "&at="
                        + WireTime.text(defined.since());
    }
}
