package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The connector on a real PostgreSQL: what an application does comes out in DMS's format. */
class WalSourceTest {

    @Test
    void streamsInsertsUpdatesAndDeletes() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric(10,2))");
            worker.poll();
            database.inTransaction(
                    "INSERT INTO orders VALUES (1, 'new', 10.50)",
                    "UPDATE orders SET status = 'paid' WHERE id = 1");
            database.run("DELETE FROM orders WHERE id = 1");
            worker.until(c -> c.operation().equals("delete"));

            List<Change> changes = worker.of("orders");
            assertThat(changes).extracting(Change::operation).containsExactly("insert", "update", "delete");
            Change insert = changes.get(0);
            assertThat(insert.json()).startsWith("{\"data\":{\"id\":1,\"status\":\"new\",\"total\":10.50},\"metadata\":{");
            assertThat(insert.key()).isEqualTo("public.orders.1");
            assertThat(insert.headers()).containsEntry("daybook.key", "[\"id\"]");
            assertThat(insert.metadata("transaction-record-id")).isEqualTo("1");
            assertThat(insert.metadata("stream-position")).matches("[0-9A-F]{8}/[0-9A-F]{8}\\.1\\.[0-9A-F]{8}/[0-9A-F]{8}");
            assertThat(changes.get(2).json()).startsWith("{\"data\":{\"id\":1},\"metadata\":{");
        }
    }
}
