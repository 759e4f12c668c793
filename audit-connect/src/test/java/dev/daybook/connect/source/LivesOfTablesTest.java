package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;
import dev.daybook.source.TableLives;
import dev.daybook.source.TableLives.Transaction;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Tables live, connections break and the connector is started again. What triggers saw of each row
 * is in the stream under the name that the table had, with its values, or was committed within a
 * gap of a table of that name or of the whole source; nothing else is; and nothing comes in a time
 * that was said to be complete.
 *
 * <p>{@code -Ddaybook.lives.seeds=50 -Ddaybook.lives.first=1} runs other seeds.
 */
class LivesOfTablesTest {

    private static final Logger LOG = LoggerFactory.getLogger(LivesOfTablesTest.class);

    private static final int STEPS = 60;

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
        private final List<Change> written = new ArrayList<>();

        Life(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() throws Exception {
            try (SourceDatabase database = SourceDatabase.prepared()) {
                TableLives lives =
                        new TableLives(random, database::connect, "daybook_" + database.name);
                lives.begin();
                Worker worker = Worker.of(database);
                try {
                    worker.caughtUp(database);
                    for (int step = 0; step < STEPS; step++) {
                        if (random.nextInt(12) == 0) {
                            lives.note("restart");
                            worker.close();
                            written.addAll(worker.written);
                            worker = Worker.after(worker, database);
                        }
                        lives.step();
                        for (int polls = random.nextInt(4); polls > 0; polls--) {
                            worker.poll();
                        }
                    }
                    lives.end();
                    settle(worker, database, lives);
                    written.addAll(worker.written);
                } finally {
                    worker.close();
                }
                compare(lives);
            }
        }

        /** Polls until everything that is committed is in the log, and nothing is left to mend. */
        private void settle(Worker worker, SourceDatabase database, TableLives lives)
                throws Exception {
            long deadline = System.nanoTime() + 90_000_000_000L;
            do {
                worker.poll();
                assertThat(System.nanoTime())
                        .as("seed %s: %s; done: %s", seed, Worker.problem(database), lives.story())
                        .isLessThan(deadline);
            } while (!Worker.problem(database).isEmpty()
                    || database.query("SELECT daybook.unverified()").get(0) != null
                    || !database.query(
                                    "SELECT id::text FROM daybook.gap WHERE (over OR ends_behind IS NOT NULL)"
                                            + " AND to_at IS NULL")
                            .isEmpty());
            worker.caughtUp(database);
            worker.caughtUp(database);
        }

        private void compare(TableLives lives) throws SQLException {
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
                        || !seen.add(identity(change, lives))) {
                    continue;
                }
                assertThat(change.metadata("commit-timestamp"))
                        .as("seed %s: %s; done: %s", seed, change.json(), lives.story())
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
            for (TableLives.Change change : lives.changes()) {
                Transaction transaction = change.transaction();
                Map<String, Object> row =
                        change.after() == null ? Map.of() : TestJson.object(change.after());
                String expected = text(change.table(), change.operation(), row);
                List<String> there = streamed.getOrDefault(change.xid(), new ArrayList<>());
                boolean found = there.remove(expected);
                if (!found && gaps.stream().anyMatch(g -> covers(g, "", transaction))) {
                    // A publication made by hand may publish a partition by its own name.
                    there.remove(text(change.leaf(), change.operation(), row));
                }
                assertThat(
                                found
                                        || gaps.stream()
                                                .anyMatch(
                                                        g ->
                                                                covers(
                                                                        g,
                                                                        change.table(),
                                                                        transaction)))
                        .as(
                                "seed %s: %s of transaction %s %s; done: %s; gaps: %s; of the transaction there is"
                                        + " besides: %s",
                                seed,
                                expected,
                                change.xid(),
                                transaction,
                                lives.story(),
                                String.join("\n", gaps.stream().map(Change::json).toList()),
                                streamed.get(change.xid()))
                        .isTrue();
            }
            streamed.values().removeIf(List::isEmpty);
            assertThat(streamed)
                    .as(
                            "seed %s: made up; done: %s; of these transactions there is: %s",
                            seed,
                            lives.story(),
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

        /**
         * What a change is told from others by when it is sent again. Where the event trigger was
         * off later on, nobody knows since when a key is another one, and it may come with that.
         */
        private static String identity(Change change, TableLives lives) {
            Instant committed = Instant.parse(String.valueOf(change.metadata("commit-timestamp")));
            return lives.firedThroughout(committed, Instant.MAX)
                    ? change.identity()
                    : String.valueOf(change.metadata("stream-position"));
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
    }
}
