package dev.daybook.api;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneOffset;

/** A log of a shop over a week up to a moment, for people to look at: each page has something. */
final class ShopLog {

    private static final String ORDER = "204";

    private final AuditDatabase database;
    private final Instant now;
    private long transaction = 18_800;

    private ShopLog(AuditDatabase database, Instant now) {
        this.database = database;
        this.now = now;
    }

    /** A database with such a log that is complete until two seconds before the moment. */
    static AuditDatabase create(Instant now) {
        AuditDatabase database = AuditDatabase.create();
        database.atOnce(() -> new ShopLog(database, now).fill());
        return database;
    }

    private void fill() {
        String text =
                "First flush, picked by hand in March. The leaves are rolled the same day and dried"
                        + " over oak coals, which gives a bright cup with a note of muscatel. Two"
                        + " spoons for a pot, three minutes in water just off the boil. Keep the tin"
                        + " closed and away from light.";
        String later =
                text.replace("in March", "in late March")
                        .replace("oak coals", "charcoal")
                        .replace("just off the boil", "at 85 °C")
                        .replace("muscatel", "muscatel and green almond");
        tea(Entries.snapshot(), 7 * 24 * 60, null, null)
                .after(
                        "sku",
                        "\"TEA-03\"",
                        "title",
                        "\"Darjeeling, 100 g\"",
                        "price",
                        "11.00",
                        "stock",
                        "80",
                        "listed",
                        "false",
                        "tags",
                        "\"{black,loose}\"",
                        "description",
                        "null",
                        "attributes",
                        quoted(attributes(false, false)));
        store(entry);
        tea(Entries.update(), 5 * 24 * 60, "anna", "web text")
                .after(
                        "sku",
                        "\"TEA-03\"",
                        "tags",
                        "\"{black,loose,spring}\"",
                        "listed",
                        "true",
                        "description",
                        quoted(text))
                .unknown("title", "price", "stock", "attributes");
        store(entry);
        tea(Entries.update(), 4 * 24 * 60, null, null)
                .after("sku", "\"TEA-03\"", "stock", "68")
                .unknown("title", "price", "listed", "tags", "description", "attributes");
        store(entry);
        tea(Entries.update(), 3 * 24 * 60, "bert", "certificate arrived")
                .after("sku", "\"TEA-03\"", "attributes", quoted(attributes(true, true)))
                .unknown("title", "price", "stock", "listed", "tags", "description");
        store(entry);
        tea(Entries.update(), 300, "anna", "web text")
                .after("sku", "\"TEA-03\"", "description", quoted(later))
                .unknown("title", "price", "stock", "listed", "tags", "attributes");
        store(entry);
        tea(Entries.delete(), 42, null, null).before("sku", "\"TEA-03\"");
        store(entry);
        tea(Entries.insert(), 39, "anna", "deleted by mistake")
                .after(
                        "sku",
                        "\"TEA-03\"",
                        "title",
                        "\"Darjeeling, 100 g\"",
                        "price",
                        "11.00",
                        "stock",
                        "68",
                        "listed",
                        "true",
                        "tags",
                        "\"{black,loose,spring}\"",
                        "description",
                        "\"First flush, picked by hand in March.\"",
                        "attributes",
                        quoted(attributes(true, true)));
        store(entry);
        tea(Entries.update(), 20, "anna", "price round")
                .after(
                        "sku",
                        "\"TEA-03\"",
                        "price",
                        "11.50",
                        "title",
                        "\"\"",
                        "description",
                        "null",
                        "allergens",
                        "null",
                        "picture",
                        "\"0x" + "89504e470d0a1a0a".repeat(400) + "\"")
                .unknown("stock", "listed", "tags", "attributes");
        store(entry);
        AuditEntry price = entry.entry();
        of(Entries.update(), "orders", "id")
                .at(price.committedAt())
                .transaction(price.transactionId())
                .sequence(2)
                .before("id", "2", "status", "\"shipped\"", "total", "32.78")
                .after("id", "2", "status", "\"paid\"", "total", "32.78");
        store(entry);
        order();
        priceOfTheDay();
        for (int day = 6; day >= 0; day--) {
            for (int i = 0; i < 26 - 3 * (day % 3); i++) {
                int minutes = day * 1440 + 4 + i * 37;
                trade(minutes, i);
            }
        }
        database.execute(
                "insert into audit.watermark values ('shop', 0, 0, 1, 1, ?, null)",
                now.minusSeconds(2).atOffset(ZoneOffset.UTC));
        database.execute(
                "insert into audit.rejected (id, rejected_at, source, stage, code, reason, topic, partition,"
                        + " record_offset, table_name, record_key, record_value) values (gen_random_uuid(), ?,"
                        + " 'shop', 'ingest', 'not-json', 'The value is no JSON: it ends after 31 bytes. Send"
                        + " it again from the source.', 'changes.shop', 1, 4711, 'public.orders', ?, ?)",
                now.minusSeconds(7_000).atOffset(ZoneOffset.UTC),
                "{\"id\":5}".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                "{\"data\":{\"id\":5,\"status\":\"pack"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private Entries entry = Entries.truncate();

    /** An order's life over the week. */
    private void order() {
        order(Entries.insert(), 6 * 1440 - 50, "customer-3", null, null, "new", "37.23");
        order(Entries.update(), 5 * 1440 - 90, "anna", "order desk", "new", "paid", "37.23");
        order(
                Entries.update(),
                3 * 1440 - 20,
                "bert",
                "a cup was broken",
                "paid",
                "packed",
                "25.23");
        order(Entries.update(), 2 * 1440 - 70, null, null, "packed", "shipped", "25.23");
    }

    private void order(
            Entries made,
            int minutes,
            @Nullable String actor,
            @Nullable String why,
            @Nullable String before,
            String status,
            String total) {
        change(made, "orders", "id", minutes, actor, why);
        String earlier = status.equals("packed") ? "37.23" : total;
        if (before != null) {
            entry.before(
                    "id", ORDER, "customer_id", "3", "status", quoted(before), "total", earlier);
        }
        entry.after("id", ORDER, "customer_id", "3", "status", quoted(status), "total", total);
        store(entry);
    }

    /** A price that somebody changed, among other things that they did. */
    private void priceOfTheDay() {
        change(Entries.update(), "customers", "id", 17, "bert", "customer called");
        entry.before("id", "4", "tier", "\"standard\"").after("id", "4", "tier", "\"gold\"");
        store(entry);
        change(Entries.update(), "products", "sku", 16, "bert", "price list of the week");
        entry.before("sku", "\"TEA-01\"", "price", "6.90")
                .after("sku", "\"TEA-01\"", "price", "7.50");
        AuditEntry price = entry.entry();
        store(entry);
        of(Entries.update(), "products", "sku")
                .at(price.committedAt())
                .transaction(price.transactionId())
                .sequence(2)
                .before("sku", "\"TEA-02\"", "price", "9.50")
                .after("sku", "\"TEA-02\"", "price", "9.80");
        store(entry);
        change(Entries.delete(), "order_lines", "order_id", 15, "bert", "a cup was broken");
        entry.key("order_id", "line")
                .before("order_id", ORDER, "line", "2", "sku", "\"CUP-01\"", "quantity", "1");
        store(entry);
    }

    private void trade(int minutes, int i) {
        int id = minutes % 61 + 1;
        String[] clerks = {"anna", "bert", "chandra"};
        switch (i % 5) {
            case 0 -> {
                change(Entries.insert(), "orders", "id", minutes, "customer-" + i % 4, null);
                entry.after(
                        "id",
                        String.valueOf(id),
                        "customer_id",
                        "3",
                        "status",
                        "\"new\"",
                        "total",
                        "51.83");
                AuditEntry order = entry.entry();
                store(entry);
                of(Entries.insert(), "order_lines", "order_id", "line")
                        .at(order.committedAt())
                        .transaction(order.transactionId())
                        .sequence(2)
                        .after(
                                "order_id",
                                String.valueOf(id),
                                "line",
                                "1",
                                "sku",
                                "\"POT-01\"",
                                "quantity",
                                "1");
            }
            case 1 -> {
                change(Entries.update(), "orders", "id", minutes, clerks[i % 3], "order desk");
                entry.before("id", String.valueOf(id), "status", "\"new\"", "total", "51.83")
                        .after("id", String.valueOf(id), "status", "\"paid\"", "total", "51.83");
            }
            case 2 -> {
                change(
                        Entries.update(),
                        "products",
                        "sku",
                        minutes,
                        "pricing-job",
                        "nightly repricing");
                entry.before("sku", "\"TEA-01\"", "price", "6." + (10 + i))
                        .after("sku", "\"TEA-01\"", "price", "6." + (12 + i));
            }
            case 3 -> {
                change(Entries.update(), "products", "sku", minutes, null, null);
                entry.before("sku", "\"CUP-01\"", "stock", String.valueOf(170 - i))
                        .after("sku", "\"CUP-01\"", "stock", String.valueOf(180 - i));
            }
            default -> {
                change(
                        Entries.update(),
                        "customers",
                        "id",
                        minutes,
                        clerks[i % 3],
                        "customer called");
                entry.before("id", "2", "tier", "\"gold\"", "note", "null")
                        .after("id", "2", "tier", "\"standard\"", "note", "\"prefers mail\"");
            }
        }
        store(entry);
    }

    private Entries of(Entries made, String table, String... key) {
        entry = made.table("public", table).key(key);
        return entry;
    }

    private Entries change(
            Entries made,
            String table,
            String key,
            int minutes,
            @Nullable String actor,
            @Nullable String why) {
        Instant at =
                now.minusSeconds(60L * minutes)
                        .minusNanos(minutes % 997 * 1_000_003L)
                        .truncatedTo(java.time.temporal.ChronoUnit.MICROS);
        transaction += 1 + minutes % 3;
        of(made, table, key).at(at).transaction(transaction);
        if (actor != null) {
            database.storeContext(
                    "shop", transaction, at, actor, why, "req-" + transaction % 1000, null);
        }
        return entry;
    }

    private Entries tea(Entries made, int minutes, @Nullable String actor, @Nullable String why) {
        return change(made, "products", "sku", minutes, actor, why);
    }

    private void store(Entries made) {
        database.store(made.entry());
    }

    private static String quoted(String text) {
        return JsonText.quoted(text);
    }

    private static String attributes(boolean organic, boolean altitude) {
        return "{\"grade\": \"FTGFOP1\", \"origin\": {\"garden\": \"Castleton\", \"country\": \"IN\""
                + (altitude ? ", \"altitude_m\": 1850" : "")
                + "}, \"organic\": "
                + organic
                + ", \"weight_g\": 100"
                + (organic ? ", \"certificates\": [\"EU organic\"]" : "")
                + "}";
    }
}
