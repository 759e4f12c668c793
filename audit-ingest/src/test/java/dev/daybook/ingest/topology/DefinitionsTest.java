package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableCatalogContract;
import dev.daybook.domain.TableDefinition;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The catalog of definitions reads what the ingest itself wrote. */
class DefinitionsTest extends TableCatalogContract {

    private final Map<String, byte[]> topic = new HashMap<>();

    @Override
    protected TableCatalog catalog() {
        put(ORDERS, new TableDefinition(columns("id", "note"), List.of("id")));
        put(
                LINES,
                new TableDefinition(
                        columns("note", "line", "order_id"), List.of("order_id", "line")));
        put(LOG, new TableDefinition(columns("note"), List.of()));
        return new TopicCatalog(topic::get);
    }

    @Test
    void aNewerDefinitionTakesTheOldersPlace() {
        TableCatalog catalog = catalog();
        assertThat(catalog.definition("shop", ORDERS)).isNotNull();
        TableDefinition newer =
                new TableDefinition(
                        List.of(new TableDefinition.Column("sku \"x\"", "WSTRING", 40L, false)),
                        List.of("sku \"x\""));
        put(ORDERS, newer);

        assertThat(catalog.definition("shop", ORDERS)).isEqualTo(newer);
    }

    @Test
    void whatIsNoDefinitionIsNotBelieved() {
        topic.put(
                TopicCatalog.key("shop", ORDERS),
                "{\"columns\":[{}]}".getBytes(StandardCharsets.UTF_8));

        assertThat(new TopicCatalog(topic::get).definition("shop", ORDERS)).isNull();
    }

    private void put(TableName table, TableDefinition definition) {
        Records records = new Records();
        topic.put(
                new String(records.tableKey("shop", table), StandardCharsets.UTF_8),
                records.table("shop", table, definition, Instant.EPOCH));
    }

    private static List<TableDefinition.Column> columns(String... names) {
        return Stream.of(names)
                .map(name -> new TableDefinition.Column(name, "text", null, true))
                .toList();
    }
}
