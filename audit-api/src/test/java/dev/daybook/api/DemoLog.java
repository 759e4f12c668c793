package dev.daybook.api;

import static dev.daybook.domain.history.Entries.START;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import java.util.UUID;

/** A log with the product that the examples of the interface ask for, as the demo shop has it. */
public final class DemoLog {

    /** The transaction that changed the product's price. */
    public static final long TRANSACTION = 7431;

    private static final String DEFINITION =
            "{\"oid\":16402,\"table-def\":{\"columns\":{"
                    + "\"sku\":{\"number\":1,\"postgres-type\":\"text\"},"
                    + "\"name\":{\"number\":2,\"postgres-type\":\"text\"},"
                    + "\"price\":{\"number\":3,\"postgres-type\":\"numeric(10,2)\"}},"
                    + "\"primary-key\":[\"sku\"]}}";

    /** A rejected record that was replayed in vain. */
    static final UUID REJECTED = UUID.fromString("00000000-0000-8000-8000-000000000001");

    private DemoLog() {}

    /** A database with such a log. */
    public static AuditDatabase create() {
        AuditDatabase database = AuditDatabase.create();
        database.store(
                Entries.tableChange("create-table", DEFINITION)
                        .table("public", "products")
                        .at(START.minusSeconds(60))
                        .entry());
        database.store(product(Entries.insert(), "7.50").entry());
        database.store(repriced());
        database.storeContext(
                "shop",
                TRANSACTION,
                repriced().committedAt(),
                "anna",
                "spring sale",
                "r-1",
                "{\"ip\": \"10.0.0.7\"}",
                "shop_app");
        database.execute(
                """
                insert into audit.rejected (id, rejected_at, source, stage, code, reason, topic, partition,
                  record_offset, record_value)
                values (?, now(), 'shop', 'ingest', 'not-json', 'It is not JSON.', 'changes.shop', 0, 7, 'oops')
                """,
                REJECTED);
        database.execute(
                """
                insert into audit.replay (id, rejected_id, requested_by)
                values ('00000000-0000-4000-8000-000000000002', ?, 'key ops')
                """,
                REJECTED);
        database.execute(
                """
                insert into audit.replay_outcome (replay_id, rejected_id, outcome, code, reason)
                values ('00000000-0000-4000-8000-000000000002', ?, 'rejected', 'not-json', 'It is not JSON.')
                """,
                REJECTED);
        return database;
    }

    /** The entry of the new price. */
    public static AuditEntry repriced() {
        return product(Entries.update(), "6.90").at(5).transaction(TRANSACTION).entry();
    }

    private static Entries product(Entries entry, String price) {
        return entry.table("public", "products")
                .key("sku")
                .at(START)
                .after("sku", "\"TEA-01\"", "name", "\"Green tea\"", "price", price);
    }
}
