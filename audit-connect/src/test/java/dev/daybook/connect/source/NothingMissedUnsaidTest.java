package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Rows are inserted while somebody does to the capture what comes to his mind. Each insert is in
 * the log, or was committed within a gap; and in the end each row is.
 *
 * <p>{@code -Ddaybook.missed.seeds=100 -Ddaybook.missed.first=1} runs other seeds.
 */
class NothingMissedUnsaidTest {

    private static final int STEPS = 25;

    /** What is done; {@code SLOT} is the slot's name. Some of it fails at times, as it does. */
    private static final List<String> DEEDS =
            List.of(
                    "ALTER PUBLICATION daybook DROP TABLE t",
                    "ALTER PUBLICATION daybook ADD TABLE t",
                    "ALTER PUBLICATION daybook_insert_only ADD TABLE t",
                    "ALTER PUBLICATION daybook SET TABLE other",
                    "ALTER PUBLICATION daybook SET TABLE t, other",
                    "ALTER PUBLICATION daybook SET TABLE t WHERE (id % 2 = 0)",
                    "ALTER PUBLICATION daybook SET (publish = 'update')",
                    "ALTER PUBLICATION daybook SET (publish = 'insert, update, delete, truncate')",
                    "ALTER PUBLICATION daybook_insert_only SET (publish = 'truncate')",
                    "ALTER PUBLICATION daybook_insert_only SET (publish = 'insert, truncate')",
                    "ALTER PUBLICATION daybook_insert_only SET TABLE other",
                    "ALTER PUBLICATION daybook ADD TABLES IN SCHEMA public",
                    "DROP PUBLICATION daybook; CREATE PUBLICATION daybook FOR ALL TABLES",
                    "DROP PUBLICATION daybook_insert_only; CREATE PUBLICATION daybook_insert_only"
                            + " WITH (publish = 'insert, truncate', publish_via_partition_root = true)",
                    "ALTER TABLE t DROP CONSTRAINT t_pkey",
                    "ALTER TABLE t ADD PRIMARY KEY (id)",
                    "ALTER TABLE t SET UNLOGGED",
                    "ALTER TABLE t SET LOGGED",
                    "ALTER TABLE t ADD COLUMN IF NOT EXISTS more int",
                    "ALTER EVENT TRIGGER daybook_after_ddl DISABLE",
                    "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS",
                    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE"
                            + " slot_name = 'SLOT'",
                    "SELECT pg_replication_slot_advance('SLOT', pg_current_wal_lsn())",
                    "SELECT daybook.forget_slot('SLOT')",
                    "SELECT daybook.reload_all()",
                    "RESTART");

    private record Insert(String from, String to) {}

    @Test
    void eachInsertIsInTheLogOrWithinAGap() throws Exception {
        long first = Long.getLong("daybook.missed.first", 20261128L);
        for (long seed = first;
                seed < first + Integer.getInteger("daybook.missed.seeds", 2);
                seed++) {
            run(seed);
        }
    }

    private static void run(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> done = new ArrayList<>();
        Map<String, Insert> inserts = new TreeMap<>();
        List<Change> written = new ArrayList<>();
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE TABLE other (id int PRIMARY KEY)");
            String slot = "daybook_" + database.name;
            Worker worker = Worker.of(database);
            try {
                worker.caughtUp(database);
                for (int step = 0; step < STEPS; step++) {
                    String deed = DEEDS.get(random.nextInt(DEEDS.size()));
                    if (random.nextBoolean()) {
                        done.add(deed);
                        if (deed.equals("RESTART")) {
                            worker.close();
                            written.addAll(worker.written);
                            worker = Worker.after(worker, database);
                        } else {
                            attempt(database, deed.replace("SLOT", slot), done);
                        }
                    }
                    String id = String.valueOf(step);
                    String from = now(database);
                    database.run("INSERT INTO t (id) VALUES (" + id + ")");
                    inserts.put(id, new Insert(from, now(database)));
                    done.add("insert " + id);
                    for (int polls = random.nextInt(6); polls > 0; polls--) {
                        worker.poll();
                    }
                }
                attempt(database, "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS", done);
                attempt(database, "ALTER TABLE t SET LOGGED", done);
                attempt(database, "ALTER TABLE t ADD PRIMARY KEY (id)", done);
                settle(worker, database, seed, done);
                written.addAll(worker.written);
            } finally {
                worker.close();
            }
        }
        List<Change> gaps = written.stream().filter(c -> c.operation().equals("gap")).toList();
        inserts.forEach(
                (id, insert) -> {
                    boolean inserted = has(written, "insert", id);
                    assertThat(inserted || gaps.stream().anyMatch(gap -> covers(gap, insert)))
                            .as(
                                    "seed %s: insert %s of %s; done: %s; %s",
                                    seed,
                                    id,
                                    insert,
                                    done,
                                    gaps.stream().map(Change::json).toList())
                            .isTrue();
                    assertThat(inserted || has(written, "load", id))
                            .as("seed %s: row %s; done: %s", seed, id, done)
                            .isTrue();
                });
    }

    /** Polls until everything that is committed is in the log, and nothing is left to be mended. */
    private static void settle(Worker worker, SourceDatabase database, long seed, List<String> done)
            throws Exception {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (true) {
            worker.poll();
            if (Worker.problem(database).isEmpty()
                    && database.query("SELECT daybook.unverified()").get(0) == null
                    && database.query(
                                    "SELECT id::text FROM daybook.gap WHERE over AND to_at IS NULL")
                            .isEmpty()
                    && database.query(
                                            "SELECT 1::text FROM daybook.captured_table k JOIN"
                                                    + " daybook.served_load s USING (relid) WHERE k.table_name"
                                                    + " = 'public.t' AND s.ticket >= k.load_ticket")
                                    .size()
                            == 1) {
                break;
            }
            assertThat(System.nanoTime())
                    .as("seed %s: %s; done: %s", seed, Worker.problem(database), done)
                    .isLessThan(deadline);
        }
        worker.caughtUp(database);
        worker.caughtUp(database);
    }

    private static void attempt(SourceDatabase database, String sql, List<String> done) {
        try {
            database.run(sql);
        } catch (SQLException e) {
            done.add(
                    "(failed: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
                            + ")");
        }
    }

    private static boolean has(List<Change> written, String operation, String id) {
        return written.stream()
                .anyMatch(
                        c ->
                                c.isData()
                                        && c.table().equals("t")
                                        && c.operation().equals(operation)
                                        && String.valueOf(c.data().get("id")).equals(id));
    }

    private static boolean covers(Change gap, Insert insert) {
        Object from = gap.member("control").get("from-time");
        Object to = gap.member("control").get("to-time");
        return (gap.table().isEmpty() || gap.table().equals("t"))
                && (from == null || from.toString().compareTo(insert.to()) <= 0)
                && (to == null || to.toString().compareTo(insert.from()) >= 0);
    }

    private static String now(SourceDatabase database) throws SQLException {
        return database.query(
                        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                .get(0);
    }
}
