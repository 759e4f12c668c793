package dev.daybook.domain;

import java.util.List;
import java.util.stream.Stream;

class InMemoryTableCatalogTest extends TableCatalogContract {

    @Override
    protected TableCatalog catalog() {
        return new InMemoryTableCatalog()
                .put("shop", ORDERS, new TableDefinition(columns("id", "note"), List.of("id")))
                .put(
                        "shop",
                        LINES,
                        new TableDefinition(
                                columns("note", "line", "order_id"), List.of("order_id", "line")))
                .put("shop", LOG, new TableDefinition(columns("note"), List.of()));
    }

    private static List<TableDefinition.Column> columns(String... names) {
        return Stream.of(names)
                .map(name -> new TableDefinition.Column(name, "text", null, true))
                .toList();
    }
}
