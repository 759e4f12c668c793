package dev.daybook.source;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random lives of tables: they are renamed, exchanged, dropped and made again, altered, lose and
 * gain keys, are attached and detached as partitions, while publications are altered by hand, the
 * event trigger is switched off, the slot is advanced, and commit times go back as with a clock
 * that is set back. Triggers note each row change with the name that its table had.
 *
 * <p>What it does follows from the random numbers alone, whatever becomes of it. One session does
 * all of it; if its connection is lost it makes another one, and the transaction may have committed
 * or not.
 */
public final class TableLives {

    /** Connects to the database that the tables are in. */
    @FunctionalInterface
    public interface Database {
        Connection connect() throws SQLException;
    }

    /**
     * When a transaction committed, if it did.
     *
     * @param from what the source's clock showed before it, in UTC, as the wire has times
     * @param to what it showed after it
     */
    public record Transaction(String from, String to) {}

    /**
     * What a trigger saw of a row, in a transaction that committed.
     *
     * @param number rises with the changes
     * @param table the name of the table, of a partition the name of the whole
     * @param leaf the name of the partition, or of the table
     * @param keyed whether the table had a primary key
     * @param before the old row, a flat JSON object; null for an insert
     * @param after the new row; null for a delete
     */
    public record Change(
            long number,
            String xid,
            Transaction transaction,
            String table,
            String leaf,
            String operation,
            boolean keyed,
            @Nullable String before,
            @Nullable String after) {}

    /** How long a database that is down may take to come back. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String[] NAMES = {"a", "b", "c", "d"};

    private static final String ORACLE =
            """
            CREATE SCHEMA oracle;
            CREATE TABLE oracle.change (number bigserial PRIMARY KEY, xid text DEFAULT pg_current_xact_id()::text,
                name text, leaf text, operation text, keyed boolean, old text, new text);
            CREATE FUNCTION oracle.note() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                whole oid := coalesce(pg_partition_root(tg_relid), tg_relid);
            BEGIN
                INSERT INTO oracle.change (name, leaf, operation, keyed, old, new) VALUES (
                    (SELECT c.relname FROM pg_class c WHERE c.oid = whole), tg_table_name, lower(tg_op),
                    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = whole AND i.indisprimary),
                    to_json(old)::text, to_json(new)::text);
                RETURN NULL;
            END $$;
            """;

    private static final String DISABLE = "ALTER EVENT TRIGGER daybook_after_ddl DISABLE";
    private static final String ENABLE = "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS";

    /** What somebody does to the capture. */
    private static final List<String> BY_HAND =
            List.of(
                    "ALTER PUBLICATION daybook DROP TABLE TABLE",
                    "ALTER PUBLICATION daybook ADD TABLE ONLY TABLE",
                    "ALTER PUBLICATION daybook SET TABLE TABLE",
                    "ALTER PUBLICATION daybook SET (publish = 'update')",
                    "ALTER PUBLICATION daybook SET (publish = 'insert, update, delete, truncate')",
                    "ALTER PUBLICATION daybook_insert_only SET (publish = 'truncate')",
                    "ALTER PUBLICATION daybook_insert_only SET (publish = 'insert, truncate')",
                    "ALTER PUBLICATION daybook ADD TABLES IN SCHEMA public",
                    "DROP PUBLICATION daybook; CREATE PUBLICATION daybook FOR ALL TABLES",
                    DISABLE,
                    ENABLE,
                    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = 'SLOT'",
                    "SELECT pg_replication_slot_advance('SLOT', pg_current_wal_lsn())",
                    "SELECT daybook.reload_all()");

    private final Random random;
    private final Database database;
    private final String slot;
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Transaction> transactions = new HashMap<>();

    /** When the event trigger was switched on, and when off. */
    private final NavigableMap<Instant, Boolean> firing = new TreeMap<>();

    private Connection connection;
    private int ids;
    private int origins;

    /**
     * @param random decides what is done
     * @param slot the replication slot of the capture
     */
    public TableLives(Random random, Database database, String slot) {
        this.random = random;
        this.database = database;
        this.slot = slot;
    }

    /** Makes the first tables, and the triggers that watch them. */
    public void begin() throws SQLException {
        connection = database.connect();
        run(ORACLE);
        for (String name : NAMES) {
            run(create(name));
        }
        run(parted("p"));
    }

    /** Runs one transaction, or does something to the capture. */
    public void step() throws SQLException {
        if (random.nextInt(6) == 0) {
            String sql = BY_HAND.get(random.nextInt(BY_HAND.size()));
            attempt(
                    sql.replace("TABLE TABLE", "TABLE " + table())
                            .replace("ONLY TABLE", "ONLY " + table())
                            .replace("SLOT", slot));
            return;
        }
        if (!firing.isEmpty() && !firing.lastEntry().getValue() && random.nextInt(8) == 0) {
            // While it is off, all that is missed lies in a gap of the source.
            attempt(ENABLE);
            return;
        }
        boolean earlier = random.nextInt(8) == 0;
        List<String> statements = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            statements.add(random.nextInt(3) == 0 ? ddl() : dml());
        }
        transaction(earlier, statements);
    }

    /** Stops doing things to the capture, and switches on what was switched off. */
    public void end() throws SQLException {
        attempt(ENABLE);
        connection.close();
    }

    /** Adds to what was done something that was done by others. */
    public void note(String what) {
        done.add("(" + what + ")");
    }

    /** Returns what was done, a line each. */
    public String story() {
        synchronized (done) {
            return String.join("\n", done);
        }
    }

    /** Returns whether the event trigger fired at every moment between two. */
    public boolean firedThroughout(Instant from, Instant to) {
        Map.Entry<Instant, Boolean> before = firing.floorEntry(from);
        return (before == null || before.getValue())
                && !firing.subMap(from, true, to, true).containsValue(false);
    }

    /** Returns what the triggers saw of transactions that committed, in its order. */
    public List<Change> changes() throws SQLException {
        List<Change> changes = new ArrayList<>();
        try (Connection reading = database.connect();
                Statement statement = reading.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT * FROM oracle.change ORDER BY number")) {
            while (row.next()) {
                String xid = row.getString("xid");
                Transaction transaction = transactions.get(xid);
                if (transaction == null) {
                    throw new IllegalStateException("Nobody knows of transaction " + xid);
                }
                changes.add(
                        new Change(
                                row.getLong("number"),
                                xid,
                                transaction,
                                row.getString("name"),
                                row.getString("leaf"),
                                row.getString("operation"),
                                row.getBoolean("keyed"),
                                row.getString("old"),
                                row.getString("new")));
            }
        }
        return changes;
    }

    private static String create(String name) {
        return ("CREATE TABLE %1$s (id int, r int, v text, PRIMARY KEY (id, r));"
                        + " CREATE TRIGGER oracle AFTER INSERT OR UPDATE OR DELETE ON %1$s FOR EACH ROW"
                        + " EXECUTE FUNCTION oracle.note()")
                .formatted(name);
    }

    private static String parted(String name) {
        return "CREATE TABLE %s (id int, r int, v text, PRIMARY KEY (id, r)) PARTITION BY LIST (r)"
                .formatted(name);
    }

    private void transaction(boolean earlier, List<String> statements) throws SQLException {
        String from = now();
        String xid = null;
        try {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
                    row.next();
                    xid = row.getString(1);
                }
                statement.execute("SET LOCAL lock_timeout = '2s'");
                // Each of its own, since a session that is lost may hold the last one for a while.
                String origin = "current_database() || '_" + ++origins + "'";
                if (earlier) {
                    // As a clock that was set back does it: the commit has a time of before.
                    statement.execute("SELECT pg_replication_origin_create(" + origin + ")");
                    statement.execute("SELECT pg_replication_origin_session_setup(" + origin + ")");
                    statement.execute(
                            "SELECT pg_replication_origin_xact_setup('0/1', clock_timestamp() - interval '1 hour')");
                    done.add("(an hour earlier)");
                }
                for (String sql : statements) {
                    step(statement, sql);
                }
                connection.commit();
                if (earlier) {
                    statement.execute("SELECT pg_replication_origin_session_reset()");
                    statement.execute("SELECT pg_replication_origin_drop(" + origin + ")");
                    connection.commit();
                }
            }
            connection.setAutoCommit(true);
            done.add("COMMIT " + xid);
        } catch (SQLException e) {
            requireLost(e);
            done.add("(connection lost) " + xid);
        }
        if (xid != null) {
            transactions.put(xid, new Transaction(from, now()));
        }
    }

    private void step(Statement statement, String sql) throws SQLException {
        statement.execute("SAVEPOINT s");
        try {
            statement.execute(sql);
            done.add(sql.replaceAll("; CREATE TRIGGER.*", ""));
        } catch (SQLException e) {
            statement.execute("ROLLBACK TO s");
            if ("42601".equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    private String dml() {
        String table = random.nextInt(3) == 0 ? pick("p", "q") : table();
        return switch (random.nextInt(5)) {
            case 0, 1 ->
                    "INSERT INTO %s (id, r, v) SELECT g, %d, 'i' FROM generate_series(%d, %d) g"
                            .formatted(
                                    table,
                                    random.nextInt(3),
                                    ids + 1,
                                    ids += 1 + random.nextInt(3));
            case 2 ->
                    "UPDATE %s SET v = 'u%d' WHERE id %% 3 = %d"
                            .formatted(table, ++ids, random.nextInt(3));
            case 3 ->
                    "UPDATE %s SET id = %d WHERE id = (SELECT min(id) FROM %s)"
                            .formatted(table, ++ids, table);
            default -> "DELETE FROM %s WHERE id = (SELECT max(id) FROM %s)".formatted(table, table);
        };
    }

    private String ddl() {
        String table = table();
        return switch (random.nextInt(16)) {
            case 0 -> "ALTER TABLE " + table + " RENAME TO " + table();
            case 1 -> "ALTER TABLE " + pick("p", "q") + " RENAME TO " + pick("p", "q");
            case 2 -> {
                String other = table();
                yield "ALTER TABLE %1$s RENAME TO swap; ALTER TABLE %2$s RENAME TO %1$s; ALTER TABLE swap RENAME TO %2$s"
                        .formatted(table, other);
            }
            case 3 -> "DROP TABLE " + table;
            case 4 -> "DROP TABLE " + table + "; " + create(table);
            case 5 -> create(table);
            case 6 -> "ALTER TABLE " + table + " DROP CONSTRAINT " + key(table);
            case 7 -> "ALTER TABLE " + table + " ADD PRIMARY KEY (id, r)";
            case 8 -> "ALTER TABLE " + table + " REPLICA IDENTITY " + pick("FULL", "DEFAULT");
            case 9 -> "ALTER TABLE " + table + " ADD COLUMN IF NOT EXISTS x int DEFAULT 7";
            case 10 -> "ALTER TABLE " + table + " DROP COLUMN IF EXISTS x";
            case 11 -> "ALTER TABLE " + table + " SET " + pick("UNLOGGED", "LOGGED");
            case 12, 13 ->
                    "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%d)"
                            .formatted(pick("p", "q"), pick(table, "q"), random.nextInt(3));
            case 14 ->
                    "ALTER TABLE %s DETACH PARTITION %s"
                            .formatted(pick("p", "q"), pick(table, "q"));
            default -> parted(pick("p", "q"));
        };
    }

    private static String key(String table) {
        return table + "_pkey";
    }

    private String table() {
        return pick(NAMES);
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** Does it on a connection of its own, if it can be done. */
    private void attempt(String sql) {
        try {
            String before = sql.equals(DISABLE) ? now() : "";
            run(sql);
            done.add(sql);
            if (sql.equals(DISABLE) || sql.equals(ENABLE)) {
                firing.put(Instant.parse(sql.equals(DISABLE) ? before : now()), sql.equals(ENABLE));
            }
        } catch (SQLException e) {
            done.add("(failed: " + sql + ")");
        }
    }

    private void run(String sql) throws SQLException {
        try (Connection own = database.connect();
                Statement statement = own.createStatement()) {
            statement.execute(sql);
        }
    }

    private String now() throws SQLException {
        while (true) {
            try (Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                            + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")) {
                row.next();
                return row.getString(1);
            } catch (SQLException e) {
                requireLost(e);
            }
        }
    }

    /** Connects again, if it is for want of a connection that something failed. */
    private void requireLost(SQLException failure) throws SQLException {
        String state = String.valueOf(failure.getSQLState());
        if (!state.startsWith("08") && !state.startsWith("57P")) {
            throw failure;
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                connection.close();
                connection = database.connect();
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    failure.addSuppressed(e);
                    throw failure;
                }
                try {
                    Thread.sleep(50);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw failure;
                }
            }
        }
    }
}
