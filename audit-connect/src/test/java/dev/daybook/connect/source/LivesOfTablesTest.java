package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Tables live: they are renamed, exchanged, dropped and made again, altered, lose and gain keys,
 * are attached and detached as partitions, while publications are altered by hand, commit times go
 * back as with a clock that is set back, connections break and the connector is started again. What
 * triggers saw of each row is in the stream under the name that the table had, with its values, or
 * was committed within a gap of a table of that name or of the whole source; nothing else is; and
 * nothing comes in a time that was said to be complete.
 *
 * <p>{@code -Ddaybook.lives.seeds=50 -Ddaybook.lives.first=1} runs other seeds.
 */
class LivesOfTablesTest {

    private static final Logger LOG = LoggerFactory.getLogger(LivesOfTablesTest.class);

    private static final int STEPS = 60;

    private static final String[] NAMES = {"a", "b", "c", "d"};

    private static final String ORACLE =
            """
            CREATE SCHEMA oracle;
            CREATE TABLE oracle.change (number bigserial PRIMARY KEY, xid text DEFAULT pg_current_xact_id()::text,
                name text, leaf text, operation text, new text);
            CREATE FUNCTION oracle.note() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO oracle.change (name, leaf, operation, new) VALUES (
                    (SELECT c.relname FROM pg_class c WHERE c.oid = coalesce(pg_partition_root(tg_relid), tg_relid)),
                    tg_table_name, lower(tg_op), to_json(new)::text);
                RETURN NULL;
            END $$;
            """;

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
                    "ALTER EVENT TRIGGER daybook_after_ddl DISABLE",
                    "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS",
                    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = 'SLOT'",
                    "SELECT pg_replication_slot_advance('SLOT', pg_current_wal_lsn())",
                    "SELECT daybook.reload_all()");

    /** A transaction, with what the source's clock showed before it and after it. */
    private record Transaction(String from, String to) {}

    @Test
    void whatHappenedIsInTheStreamUnderItsNameOrWithinAGap() throws Exception {
        long first = Long.getLong("daybook.lives.first", 1);
        int seeds = Integer.getInteger("daybook.lives.seeds", 2);
        for (long seed = first; seed < first + seeds; seed++) {
            new Life(seed).run();
            LOG.info("Seed {} of {} to {} is through.", seed, first, first + seeds - 1);
        }
    }

    private static final class Life {

        private final long seed;
        private final Random random;
        private final List<String> done = new ArrayList<>();
        private final Map<String, Transaction> transactions = new HashMap<>();
        private final List<Change> written = new ArrayList<>();
        private int ids;

        Life(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() throws Exception {
            try (SourceDatabase database = SourceDatabase.prepared();
                    Connection connection = database.connect()) {
                database.run(ORACLE);
                for (String name : NAMES) {
                    database.run(create(name));
                }
                database.run(parted("p"));
                Worker worker = Worker.of(database);
                try {
                    worker.caughtUp(database);
                    for (int step = 0; step < STEPS; step++) {
                        if (random.nextInt(12) == 0) {
                            done.add("RESTART");
                            worker.close();
                            written.addAll(worker.written);
                            worker = Worker.after(worker, database);
                        }
                        transaction(database, connection);
                        for (int polls = random.nextInt(4); polls > 0; polls--) {
                            worker.poll();
                        }
                    }
                    attempt(database, "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS");
                    settle(worker, database);
                    written.addAll(worker.written);
                } finally {
                    worker.close();
                }
                compare(database);
            }
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

        private void transaction(SourceDatabase database, Connection connection)
                throws SQLException {
            if (random.nextInt(6) == 0) {
                String sql = BY_HAND.get(random.nextInt(BY_HAND.size()));
                attempt(
                        database,
                        sql.replace("TABLE TABLE", "TABLE " + table())
                                .replace("ONLY TABLE", "ONLY " + table())
                                .replace("SLOT", "daybook_" + database.name));
                return;
            }
            String from = now(database);
            connection.setAutoCommit(false);
            String xid;
            try (Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
                    row.next();
                    xid = row.getString(1);
                }
                statement.execute("SET LOCAL lock_timeout = '2s'");
                boolean earlier = random.nextInt(8) == 0;
                if (earlier) {
                    // As a clock that was set back does it: the commit has a time of before.
                    statement.execute("SELECT pg_replication_origin_create(current_database())");
                    statement.execute(
                            "SELECT pg_replication_origin_session_setup(current_database())");
                    statement.execute(
                            "SELECT pg_replication_origin_xact_setup('0/1', clock_timestamp() - interval '1 hour')");
                    done.add("(an hour earlier)");
                }
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    step(statement);
                }
                connection.commit();
                if (earlier) {
                    statement.execute("SELECT pg_replication_origin_session_reset()");
                    statement.execute("SELECT pg_replication_origin_drop(current_database())");
                    connection.commit();
                }
            }
            connection.setAutoCommit(true);
            transactions.put(xid, new Transaction(from, now(database)));
            done.add("COMMIT " + xid);
        }

        private void step(Statement statement) throws SQLException {
            String sql = random.nextInt(3) == 0 ? ddl() : dml();
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
                default ->
                        "DELETE FROM %s WHERE id = (SELECT max(id) FROM %s)"
                                .formatted(table, table);
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

        private void attempt(SourceDatabase database, String sql) {
            try {
                database.run(sql);
                done.add(sql);
            } catch (SQLException e) {
                done.add("(failed: " + sql + ")");
            }
        }

        /** Polls until everything that is committed is in the log, and nothing is left to mend. */
        private void settle(Worker worker, SourceDatabase database) throws Exception {
            long deadline = System.nanoTime() + 90_000_000_000L;
            do {
                worker.poll();
                assertThat(System.nanoTime())
                        .as("seed %s: %s; done: %s", seed, Worker.problem(database), done)
                        .isLessThan(deadline);
            } while (!Worker.problem(database).isEmpty()
                    || database.query("SELECT daybook.unverified()").get(0) != null
                    || !database.query(
                                    "SELECT id::text FROM daybook.gap WHERE over AND to_at IS NULL")
                            .isEmpty());
            worker.caughtUp(database);
            worker.caughtUp(database);
        }

        private void compare(SourceDatabase database) throws SQLException {
            List<Change> gaps = written.stream().filter(c -> c.operation().equals("gap")).toList();
            Map<String, List<String>> streamed = new HashMap<>();
            Set<String> seen = new HashSet<>();
            String claimed = "";
            for (Change change : written) {
                if (change.operation().equals("heartbeat")) {
                    claimed = max(claimed, change.completeUntil());
                }
                if (!change.isData()
                        || !change.metadata("schema-name").equals("public")
                        || change.operation().equals("load")
                        || change.operation().equals("truncate")
                        || !seen.add(change.identity())) {
                    continue;
                }
                assertThat(change.metadata("commit-timestamp"))
                        .as("seed %s: %s; done: %s", seed, change.json(), done)
                        .isGreaterThan(claimed);
                streamed.computeIfAbsent(change.metadata("transaction-id"), x -> new ArrayList<>())
                        .add(
                                text(
                                        change.table(),
                                        change.operation(),
                                        change.operation().equals("delete")
                                                ? Map.of()
                                                : change.data()));
            }
            for (String line :
                    database.query(
                            "SELECT concat_ws('|', xid, name, leaf, operation, CASE operation WHEN 'delete' THEN '{}' ELSE"
                                    + " new END) FROM oracle.change ORDER BY number")) {
                String[] parts = line.split("\\|", 5);
                Transaction transaction = transactions.get(parts[0]);
                if (transaction == null) {
                    continue;
                }
                String expected = text(parts[1], parts[3], TestJson.object(parts[4]));
                List<String> there = streamed.getOrDefault(parts[0], new ArrayList<>());
                boolean found = there.remove(expected);
                if (!found && gaps.stream().anyMatch(g -> covers(g, "", transaction))) {
                    // A publication made by hand may publish a partition by its own name.
                    there.remove(text(parts[2], parts[3], TestJson.object(parts[4])));
                }
                assertThat(found || gaps.stream().anyMatch(g -> covers(g, parts[1], transaction)))
                        .as(
                                "seed %s: %s of transaction %s %s; done: %s; gaps: %s; of the transaction there is"
                                        + " besides: %s",
                                seed,
                                expected,
                                parts[0],
                                transaction,
                                String.join("\n", done),
                                String.join("\n", gaps.stream().map(Change::json).toList()),
                                streamed.get(parts[0]))
                        .isTrue();
            }
            streamed.values().removeIf(List::isEmpty);
            assertThat(streamed)
                    .as(
                            "seed %s: made up; done: %s; of these transactions there is: %s",
                            seed,
                            String.join("\n", done),
                            String.join(
                                    "\n",
                                    written.stream()
                                            .filter(Change::isData)
                                            .filter(
                                                    change ->
                                                            streamed.containsKey(
                                                                    String.valueOf(
                                                                            change.metadata(
                                                                                    "transaction-id"))))
                                            .map(Change::json)
                                            .toList()))
                    .isEmpty();
        }

        private static String text(String table, String operation, Map<String, Object> row) {
            return table + " " + operation + " " + new java.util.TreeMap<>(row);
        }

        private static String max(String one, String other) {
            return one.compareTo(other) < 0 ? other : one;
        }

        private static boolean covers(Change gap, String table, Transaction transaction) {
            Object from = gap.member("control").get("from-time");
            Object to = gap.member("control").get("to-time");
            return (gap.table().isEmpty() || gap.table().equals(table))
                    && (from == null || from.toString().compareTo(transaction.to()) <= 0)
                    && (to == null || to.toString().compareTo(transaction.from()) >= 0);
        }

        private static String now(SourceDatabase database) throws SQLException {
            return database.query(
                            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                    + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                    .get(0);
        }
    }
}
