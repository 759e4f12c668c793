package dev.daybook.local.demo;

import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A small shop at work: people and jobs that say who they are, and a colleague with psql who does
 * not.
 */
public final class ShopTraffic implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ShopTraffic.class);
    private static final List<String> SKUS = List.of("TEA-01", "TEA-02", "CUP-01", "POT-01");
    private static final List<String> CLERKS = List.of("anna", "bert", "chandra");

    private final DatabaseUrl shop;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;
    private long requests;

    private ShopTraffic(DatabaseUrl shop) {
        this.shop = shop;
        this.thread = Thread.ofPlatform().name("shop-traffic").daemon().unstarted(this::run);
    }

    public static ShopTraffic start(DatabaseUrl shop) {
        ShopTraffic traffic = new ShopTraffic(shop);
        traffic.thread.start();
        return traffic;
    }

    @Override
    public void close() {
        stopped.countDown();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long patience = 1;
        while (running(0)) {
            try (Connection connection = connect()) {
                connection.setAutoCommit(false);
                patience = 1;
                while (running(100 + random.nextInt(400))) {
                    step(connection);
                    connection.commit();
                }
            } catch (SQLException e) {
                // The shop's database is away or was changed by hand; the shop opens again later.
                log.info("The demo's traffic pauses for {} s: {}", patience, e.getMessage());
                if (!running(patience * 1_000)) {
                    return;
                }
                patience = Math.min(30, patience * 2);
            }
        }
    }

    /** Waits, and says whether to go on. */
    private boolean running(long millis) {
        try {
            return !stopped.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Connection connect() throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", shop.user());
        login.setProperty("password", shop.password());
        login.setProperty("ApplicationName", "shop");
        return DriverManager.getConnection(shop.jdbcUrl(), login);
    }

    private void step(Connection connection) throws SQLException {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> placeOrder(connection);
            case 3, 4, 5 -> advanceOrder(connection);
            case 6 -> changePrice(connection);
            case 7 -> editCustomer(connection);
            case 8 -> view(connection);
            default -> byHand(connection);
        }
    }

    private void placeOrder(Connection connection) throws SQLException {
        String customer = query(connection, "SELECT id FROM customers ORDER BY random() LIMIT 1");
        if (customer == null) {
            return;
        }
        context(connection, "customer-" + customer, null);
        String order =
                query(
                        connection,
                        "INSERT INTO orders (customer_id) VALUES (" + customer + ") RETURNING id");
        int lines = 1 + random.nextInt(3);
        for (int line = 1; line <= lines; line++) {
            update(
                    connection,
                    "INSERT INTO order_lines VALUES (?::bigint, ?::int, ?, ?::int)",
                    order,
                    Integer.toString(line),
                    pick(SKUS),
                    Integer.toString(1 + random.nextInt(4)));
        }
        update(
                connection,
                """
                UPDATE orders SET total = (SELECT sum(l.quantity * p.price) FROM order_lines l JOIN products p USING (sku)
                                           WHERE l.order_id = orders.id)
                WHERE id = ?::bigint
                """,
                order);
    }

    private void advanceOrder(Connection connection) throws SQLException {
        context(connection, pick(CLERKS), "order desk");
        update(
                connection,
                """
                UPDATE orders SET status = CASE status WHEN 'new' THEN 'paid' WHEN 'paid' THEN 'packed' ELSE 'shipped' END
                WHERE id = (SELECT id FROM orders WHERE status <> 'shipped' ORDER BY random() LIMIT 1)
                """);
    }

    private void changePrice(Connection connection) throws SQLException {
        context(connection, "pricing-job", "nightly repricing");
        BigDecimal factor = BigDecimal.valueOf(95 + random.nextInt(11), 2);
        update(
                connection,
                "UPDATE products SET price = round(price * ?::numeric, 2), stock = greatest(stock,"
                        + " 50) WHERE sku = ?",
                factor.toPlainString(),
                pick(SKUS));
    }

    private void editCustomer(Connection connection) throws SQLException {
        context(connection, pick(CLERKS), "customer called");
        update(
                connection,
                """
                UPDATE customers SET tier = ?, note = CASE WHEN note IS NULL THEN 'prefers mail' END
                WHERE id = (SELECT id FROM customers ORDER BY random() LIMIT 1)
                """,
                pick(List.of("standard", "silver", "gold")));
    }

    private void view(Connection connection) throws SQLException {
        update(connection, "INSERT INTO page_views (path) VALUES (?)", "/product/" + pick(SKUS));
    }

    /** Nobody says who this was: it shows up as unattributed. */
    private void byHand(Connection connection) throws SQLException {
        if (random.nextInt(4) == 0) {
            update(
                    connection,
                    "DELETE FROM orders WHERE id = (SELECT id FROM orders WHERE status = 'shipped'"
                            + " AND id > 2 ORDER BY id LIMIT 1)");
        } else {
            update(connection, "UPDATE products SET stock = stock + 10 WHERE sku = ?", pick(SKUS));
        }
    }

    private void context(Connection connection, String actor, @Nullable String reason)
            throws SQLException {
        try (PreparedStatement call =
                connection.prepareStatement("SELECT daybook.set_context(?, ?, ?)")) {
            call.setString(1, actor);
            call.setString(2, reason);
            call.setString(3, "req-" + ++requests);
            call.execute();
        }
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static @Nullable String query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    private static void update(Connection connection, String sql, @Nullable String... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }
}
