package dev.daybook.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What every {@link TableCatalog} does; run by the fake and by each real one. */
public abstract class TableCatalogContract {

    protected static final TableName ORDERS = new TableName("public", "orders");
    protected static final TableName LINES = new TableName("public", "order lines");
    protected static final TableName LOG = new TableName("public", "log");

    /**
     * A catalog in which source {@code shop} has {@code public.orders (id, note)} with key {@code
     * id}, {@code public."order lines" (note, line, order_id)} with key {@code order_id, line}, and
     * {@code public.log (note)} without a key.
     */
    protected abstract TableCatalog catalog();

    @Test
    void knowsTheKey() {
        TableDefinition orders = catalog().definition("shop", ORDERS);

        assertThat(orders).isNotNull();
        assertThat(orders.key()).containsExactly("id");
    }

    @Test
    void givesTheKeyInItsOwnOrderNotTheTables() {
        TableDefinition lines = catalog().definition("shop", LINES);

        assertThat(lines).isNotNull();
        assertThat(lines.key()).containsExactly("order_id", "line");
        assertThat(lines.columns().stream().map(TableDefinition.Column::name))
                .containsExactly("note", "line", "order_id");
    }

    @Test
    void tellsATableWithoutAKeyFromAnUnknownTable() {
        TableDefinition log = catalog().definition("shop", LOG);

        assertThat(log).isNotNull();
        assertThat(log.key()).isEqualTo(List.of());
        assertThat(catalog().definition("shop", new TableName("public", "nowhere"))).isNull();
    }

    @Test
    void keepsSourcesApart() {
        assertThat(catalog().definition("elsewhere", ORDERS)).isNull();
    }
}
