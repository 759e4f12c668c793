package dev.daybook.bench;

import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.postgres.DatabaseUrl;

import org.HdrHistogram.Histogram;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Orders that are placed, changed three times and, every fifth, deleted: 4.2 changes an order, to
 * one table of seven columns under REPLICA IDENTITY FULL.
 */
final class Workload implements AutoCloseable {

    private static final int ORDERS_PER_STATEMENT = 1_000;
    private static final int MARKS = 64;

    /** Every fifth order has been deleted. */
    private static final long ORDERS_PER_TURN = 25;

    static final int CHANGES_PER_TURN = 20;

    private final DatabaseUrl source;
    private final Connection connection;
    private final Connection reader;
    private final Connection sourceAdministrator;
    private final Connection administrator;
    private long nextOrder = 1;

    /**
     * @param info the pipeline
     * @param sourceAdministrator the source database, as a superuser
     * @param auditAdministrator the audit database, as a superuser
     */
    Workload(ConnectionInfo info, DatabaseUrl sourceAdministrator, DatabaseUrl auditAdministrator)
            throws SQLException {
        source = DatabaseUrl.parse(info.sourceUrl(), Map.of());
        connection = connect(source);
        reader = connect(DatabaseUrl.parse(info.auditUrl(), Map.of()));
        this.sourceAdministrator = connect(sourceAdministrator);
        administrator = connect(auditAdministrator);
    }

    static Connection connect(DatabaseUrl url) throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", url.user());
        login.setProperty("password", url.password());
        return DriverManager.getConnection(url.jdbcUrl(), login);
    }

    DatabaseUrl source() {
        return source;
    }

    void createTables() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    CREATE SCHEMA bench;
                    CREATE TABLE bench.orders (
                        id bigint PRIMARY KEY,
                        customer bigint NOT NULL,
                        status text NOT NULL,
                        total numeric(12, 2) NOT NULL,
                        note text,
                        placed_at timestamptz NOT NULL DEFAULT now(),
                        changed_at timestamptz
                    );
                    ALTER TABLE bench.orders REPLICA IDENTITY FULL;
                    CREATE TABLE bench.probe (id bigint PRIMARY KEY, sent bigint NOT NULL);
                    """);
        }
    }

    /**
     * Makes at least so many changes, one transaction an order, and returns how many they are. A
     * procedure makes them on the server, so that making a backlog does not take longer than
     * draining it.
     */
    long makeChanges(long atLeast) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    CREATE OR REPLACE PROCEDURE bench.make_orders(first bigint, count bigint) LANGUAGE plpgsql AS $$
                    BEGIN
                        FOR n IN first .. first + count - 1 LOOP
                            INSERT INTO bench.orders VALUES (n, n % 10007, 'new', n % 1000 + 0.25, 'order number ' || n);
                            UPDATE bench.orders SET status = 'paid', changed_at = clock_timestamp() WHERE id = n;
                            UPDATE bench.orders SET total = total + 4.90, changed_at = clock_timestamp() WHERE id = n;
                            UPDATE bench.orders SET status = 'shipped', changed_at = clock_timestamp() WHERE id = n;
                            IF n % 5 = 0 THEN
                                DELETE FROM bench.orders WHERE id = n;
                            END IF;
                            COMMIT;
                        END LOOP;
                    END
                    $$
                    """);
            // Making the backlog is not what is measured.
            statement.execute("SET synchronous_commit = off");
            long made = 0;
            while (made < atLeast) {
                statement.execute(
                        "CALL bench.make_orders(" + nextOrder + ", " + ORDERS_PER_STATEMENT + ")");
                nextOrder += ORDERS_PER_STATEMENT;
                made += ORDERS_PER_STATEMENT * 4 + ORDERS_PER_STATEMENT / 5;
            }
            statement.execute("RESET synchronous_commit");
            return made;
        }
    }

    /** Changes {@link #CHANGES_PER_TURN} existing orders in one transaction. */
    void change(Connection on, long turn) throws SQLException {
        long first = 1 + Math.floorMod(turn, (nextOrder - 1) / ORDERS_PER_TURN) * ORDERS_PER_TURN;
        try (PreparedStatement update =
                on.prepareStatement(
                        """
                        UPDATE bench.orders SET total = total + 0.01, changed_at = clock_timestamp()
                        WHERE id BETWEEN ? AND ?
                        """)) {
            update.setLong(1, first);
            update.setLong(2, first + ORDERS_PER_TURN - 1);
            int changed = update.executeUpdate();
            if (changed != CHANGES_PER_TURN) {
                throw new IllegalStateException(
                        "Orders from " + first + " on: " + changed + " were changed.");
            }
        }
    }

    /**
     * Commits rows by which the end of a backlog is recognised: enough of them that every pair of
     * partitions on the way has one, behind all that came before.
     */
    void mark(long turn) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO bench.probe SELECT -(? * ? + n), 0 FROM generate_series(0, ? -"
                                + " 1) AS n")) {
            insert.setLong(1, turn);
            insert.setInt(2, MARKS);
            insert.setInt(3, MARKS);
            insert.executeUpdate();
        }
    }

    /** Returns whether all the marks of that turn are in the audit log. */
    boolean isRecorded(long turn) throws SQLException {
        try (PreparedStatement query =
                reader.prepareStatement(
                        """
                        SELECT count(*) FROM audit.entry
                        WHERE table_name = 'bench.probe'
                          AND entity_key = ANY (SELECT (-(? * ? + n))::text FROM generate_series(0, ? - 1) AS n)
                        """)) {
            query.setLong(1, turn);
            query.setInt(2, MARKS);
            query.setInt(3, MARKS);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() && rows.getLong(1) == MARKS;
            }
        }
    }

    /**
     * How long the probes from that one on took from their commit until the sink's transaction that
     * stored them began, in microseconds.
     */
    void commitToStored(long firstProbe, Histogram micros) throws SQLException {
        try (PreparedStatement query =
                reader.prepareStatement(
                        """
                        SELECT (extract(epoch FROM recorded_at - committed_at) * 1000000)::int8 FROM audit.entry
                        WHERE table_name = 'bench.probe' AND entity_key::int8 >= ?
                        """)) {
            query.setLong(1, firstProbe);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    micros.recordValue(Math.max(0, rows.getLong(1)));
                }
            }
        }
    }

    long recordedChanges() throws SQLException {
        try (Statement query = reader.createStatement();
                ResultSet rows =
                        query.executeQuery(
                                "SELECT count(*) FROM audit.entry WHERE table_name ="
                                        + " 'bench.orders' AND operation <> 'table-change'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** Returns what each of the servers' processes does, by its id. */
    Map<Long, String> serverProcesses() throws SQLException {
        Map<Long, String> processes = new HashMap<>();
        serverProcesses(sourceAdministrator, processes);
        serverProcesses(administrator, processes);
        return processes;
    }

    private static void serverProcesses(Connection administrator, Map<Long, String> processes)
            throws SQLException {
        try (Statement query = administrator.createStatement();
                ResultSet rows =
                        query.executeQuery(
                                """
                                SELECT pid, CASE WHEN backend_type = 'walsender' THEN 'WAL sender'
                                                 WHEN usename = 'daybook_writer' THEN 'PostgreSQL insert'
                                                 WHEN application_name = 'daybook sealer' THEN 'sealer'
                                                 WHEN usename = 'daybook_reader' THEN '%s'
                                                 WHEN backend_type = 'client backend' AND usename <> 'daybook_capture' THEN '%s'
                                                 ELSE '%s' END
                                FROM pg_stat_activity\
                                """
                                        .formatted(
                                                StageCpu.READ,
                                                StageCpu.LOAD,
                                                StageCpu.BACKGROUND))) {
            while (rows.next()) {
                processes.put(rows.getLong(1), rows.getString(2));
            }
        }
    }

    /** Stores entries of an earlier time, as many as asked for, straight into the audit log. */
    void fill(long count) throws SQLException {
        try (Statement statement = administrator.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            long batch = 500_000;
            for (long from = 0; from < count; from += batch) {
                statement.execute(
                        """
                        INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation, transaction_id,
                                                 sequence, position, before, after)
                        SELECT gen_random_uuid(), date_trunc('month', now()) + n * interval '1 microsecond', 'shop',
                               'bench.orders', (n %% 1000003)::text, 'update', n / 4 + 1000, n %% 4 + 1,
                               '00000000/00000000.1.00000000/00000000',
                               '{"id":1,"customer":1,"status":"new","total":1.25,"note":"order number 1","placed_at":"2026-01-01T00:00:00Z","changed_at":null}',
                               '{"id":1,"customer":1,"status":"paid","total":1.25,"note":"order number 1","placed_at":"2026-01-01T00:00:00Z","changed_at":"2026-01-01T00:00:01Z"}'
                        FROM generate_series(%d, %d) AS n
                        """
                                .formatted(from, Math.min(count, from + batch) - 1));
            }
            statement.execute("ANALYZE audit.entry");
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        reader.close();
        sourceAdministrator.close();
        administrator.close();
    }
}
