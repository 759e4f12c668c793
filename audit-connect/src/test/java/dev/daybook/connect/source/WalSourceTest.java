package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.util.List;

/** The connector on a real PostgreSQL: what an application does comes out in DMS's format. */
class WalSourceTest {

    @Test
    void streamsInsertsUpdatesAndDeletes() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric(10,2))");
            worker.poll();
            database.inTransaction(
                    "INSERT INTO orders VALUES (1, 'new', 10.50)",
                    "UPDATE orders SET status = 'paid' WHERE id = 1");
            database.run("DELETE FROM orders WHERE id = 1");
            worker.until(c -> c.operation().equals("delete"));

            List<Change> changes = worker.of("orders");
            assertThat(changes)
                    .extracting(Change::operation)
                    .containsExactly("insert", "update", "delete");
            Change insert = changes.get(0);
            assertThat(insert.json())
                    .startsWith(
                            "{\"data\":{\"id\":1,\"status\":\"new\",\"total\":10.50},\"metadata\":{");
            assertThat(insert.key()).isEqualTo("public.orders.1");
            assertThat(insert.headers()).containsEntry("daybook.key", "[\"id\"]");
            assertThat(insert.metadata("transaction-record-id")).isEqualTo("1");
            assertThat(insert.metadata("stream-position"))
                    .matches("[0-9A-F]{8}/[0-9A-F]{8}\\.1\\.[0-9A-F]{8}/[0-9A-F]{8}");
            assertThat(changes.get(2).json()).startsWith("{\"data\":{\"id\":1},\"metadata\":{");
        }
    }

    @Test
    void loadsWhatWasThereBeforeAndGoesOnWithTheStream() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE item (id int PRIMARY KEY, name text)",
                    "INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 2000) i",
                    "CREATE TABLE note (body text)",
                    "INSERT INTO note VALUES ('same'), ('same')");
            try (Worker worker = Worker.of(database)) {
                worker.poll();
                database.run("UPDATE item SET name = 'changed' WHERE id = 7");
                worker.caughtUp(database);

                List<Change> items = worker.of("item");
                assertThat(items).filteredOn(c -> c.operation().equals("load")).hasSize(2000);
                assertThat(items).filteredOn(c -> c.operation().equals("update")).hasSize(1);
                assertThat(worker.of("note"))
                        .extracting(Change::identity)
                        .doesNotHaveDuplicates()
                        .hasSize(2);
                Change load =
                        items.stream()
                                .filter(c -> c.operation().equals("load"))
                                .findFirst()
                                .orElseThrow();
                assertThat(load.metadata("transaction-id")).isEmpty();
                assertThat(load.metadata("stream-position"))
                        .matches("[0-9A-F/]{17}\\.0\\.[0-9A-F/]{17}");
            }
        }
    }

    @Test
    void writesHeartbeatsToEveryPartition() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database, java.util.Map.of("topic.partitions", "3"))) {
            worker.caughtUp(database);
            worker.poll();
            assertThat(worker.written)
                    .filteredOn(c -> c.operation().equals("heartbeat"))
                    .extracting(Change::partition)
                    .startsWith(0, 1, 2);
        }
    }
}
