package dev.daybook.ingest.topology;

import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.debezium.DebeziumFormat;
import dev.daybook.ingest.dms.DmsFormat;

import java.util.ArrayList;
import java.util.List;

/** The source of the real records, as settings and its catalog have it. */
final class DebeziumSource {

    static final TopologySettings.Source SOURCE =
            new TopologySettings.Source(
                    "shop", 4, false, DmsFormat.DEFAULT, DebeziumFormat.DEFAULT);

    /** The tables of the source that the records came from, as its catalog tells them. */
    static final TableCatalog CATALOG =
            (source, table) ->
                    switch (table.name()) {
                        case "parcels" ->
                                definition(
                                        "id bigint;label text;weight numeric(8,3);price numeric;"
                                                + "note text;attrs jsonb;"
                                                + "sent_at timestamp with time zone;"
                                                + "booked_at timestamp without time zone;due date;"
                                                + "tags text[];photo bytea;fragile boolean;uid uuid;"
                                                + "wait interval;state mood;"
                                                + "slot time without time zone",
                                        List.of("id"));
                        case "scans" -> definition("station text;seen integer", List.of());
                        default -> null;
                    };

    private DebeziumSource() {}

    private static TableDefinition definition(String columns, List<String> key) {
        List<TableDefinition.Column> all = new ArrayList<>();
        for (String column : columns.split(";")) {
            String[] parts = column.split(" ", 2);
            all.add(new TableDefinition.Column(parts[0], parts[1], null, true));
        }
        return new TableDefinition(all, key);
    }
}
