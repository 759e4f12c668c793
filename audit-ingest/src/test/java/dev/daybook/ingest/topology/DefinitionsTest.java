package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableCatalogContract;
import dev.daybook.domain.TableDefinition;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** The catalog of definitions reads from the topology's own store what the ingest wrote. */
class DefinitionsTest extends TableCatalogContract {

    private final TopologyFixture ingest = new TopologyFixture();

    @AfterEach
    void close() {
        ingest.close();
    }

    @Override
    protected TableCatalog catalog() {
        put(ORDERS, new TableDefinition(columns("id", "note"), List.of("id")));
        put(
                LINES,
                new TableDefinition(
                        columns("note", "line", "order_id"), List.of("order_id", "line")));
        put(LOG, new TableDefinition(columns("note"), List.of()));
        return stored();
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
        ingest.define(
                TopicCatalog.key("shop", ORDERS),
                "{\"columns\":[{}]}".getBytes(StandardCharsets.UTF_8));

        assertThat(stored().definition("shop", ORDERS)).isNull();
    }

    /** The catalog over the store of the topology, as another task's record filled it. */
    private TableCatalog stored() {
        return new TopicCatalog(ingest.driver.getKeyValueStore(IngestTopology.TABLES_STORE.name()));
    }

    private void put(TableName table, TableDefinition definition) {
        Records records = new Records();
        ingest.define(
                new String(records.tableKey("shop", table), StandardCharsets.UTF_8),
                records.table("shop", table, definition, Instant.EPOCH));
    }

    private static List<TableDefinition.Column> columns(String... names) {
        return Stream.of(names)
                .map(name -> new TableDefinition.Column(name, "text", null, true))
                .toList();
    }
}
