package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What the capture missed is a gap with bounds and a cause, and its tables are read again. */
class MissedChangesTest {

    private static final String KEYED = "CREATE TABLE t (id int PRIMARY KEY, v text)";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER PUBLICATION daybook DROP TABLE t",
                "ALTER PUBLICATION daybook SET TABLE other",
                "ALTER PUBLICATION daybook SET TABLE other, t WHERE (id > 100)",
                "ALTER PUBLICATION daybook SET TABLE other, t (id)",
                "ALTER PUBLICATION daybook SET (publish = 'delete')",
                "DROP PUBLICATION daybook; CREATE PUBLICATION daybook FOR TABLE other"
                        + " WITH (publish_via_partition_root = true)",
            })
    void aTableThatSomebodyTookOutOfItsPublicationHasAGapAndIsReadAgain(String sql)
            throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED, "CREATE TABLE other (id int PRIMARY KEY, v text)");
            database.run("INSERT INTO t VALUES (1, 'before')");
            worker.caughtUp(database);
            String before = time(database);

            // In one transaction: the publication would be put right in between.
            database.run(sql + "; INSERT INTO t VALUES (2, 'missed')");
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("missed"));
            Change gap = worker.until(c -> isGapOf(c, "not-published", "t"));
            worker.caughtUp(database);

            assertThat(text(gap, "from-time")).isLessThanOrEqualTo(time(database));
            assertThat(text(gap, "from-time")).isGreaterThan(before.substring(0, 10));
            assertThat(text(gap, "to-time")).isGreaterThan(before);
            assertThat(text(gap, "reason"))
                    .contains(gap.table().isEmpty() ? "daybook" : "public.t", "publication");
            assertThat(noGapPassedUnsaid(worker.written)).isTrue();
            database.run("INSERT INTO t VALUES (3, 'captured')");
            worker.until(c -> c.operation().equals("insert") && c.data().containsValue("captured"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER PUBLICATION daybook SET (publish = 'delete');"
                        + " INSERT INTO t VALUES (2, 'missed');"
                        + " ALTER PUBLICATION daybook SET (publish = 'insert, update, delete, truncate')",
                "ALTER PUBLICATION daybook DROP TABLE t; INSERT INTO t VALUES (2, 'missed');"
                        + " ALTER PUBLICATION daybook ADD TABLE t",
                "ALTER PUBLICATION daybook RENAME TO former; CREATE PUBLICATION daybook;"
                        + " INSERT INTO t VALUES (2, 'missed'); DROP PUBLICATION daybook;"
                        + " ALTER PUBLICATION former RENAME TO daybook",
            })
    void aPublicationThatWasAlteredAndPutBackIsNotWhatItWasLeftAs(String sql) throws Exception {
        String[] commands = sql.split("; ");
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            Worker first = Worker.of(database);
            first.caughtUp(database);
            database.run(commands);
            first.until(c -> c.operation().equals("load") && c.data().containsValue("missed"));
            first.until(c -> isGapOf(c, "not-published", "t") && !text(c, "to-time").isEmpty());
            first.caughtUp(database);
            assertThat(Worker.problem(database)).isEmpty();
            first.close();

            String before = time(database);
            database.run("DELETE FROM t");
            database.run(commands);
            try (Worker second = Worker.after(first, database)) {
                second.until(c -> c.operation().equals("load") && c.data().containsValue("missed"));
                Change gap = second.until(c -> isGapOf(c, "not-published", "t"));
                second.caughtUp(database);

                assertThat(text(gap, "from-time")).isLessThan(before);
                assertThat(text(gap, "to-time")).isGreaterThan(before);
                assertThat(noGapPassedUnsaid(second.written)).isTrue();
            }
        }
    }

    @Test
    void aTableThatSomebodyTookOutAndThatIsGoneByNowHasAGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    KEYED,
                    "CREATE TABLE whole (id int PRIMARY KEY)",
                    "CREATE TABLE left_out (id int PRIMARY KEY)",
                    "CREATE TABLE kept (id int PRIMARY KEY)");
            worker.caughtUp(database);
            String before = time(database);

            database.inTransaction(
                    "ALTER PUBLICATION daybook DROP TABLE t, left_out",
                    "INSERT INTO t VALUES (2, 'missed')",
                    "DROP TABLE t, whole",
                    "ALTER TABLE left_out SET UNLOGGED");
            String missed = time(database);
            worker.until(c -> isGap(c, "not-published", "t"));
            Change gap = worker.until(c -> isGap(c, "not-published", "left_out"));
            worker.caughtUp(database);

            assertThat(text(gap, "from-time")).isLessThan(missed);
            assertThat(text(gap, "from-time").substring(0, 10))
                    .isGreaterThanOrEqualTo(before.substring(0, 10));
            assertThat(worker.written).noneMatch(c -> isGap(c, "not-published", "whole"));
        }
    }

    @Test
    void whatAnAlteredPublicationMissedOfATableThatHasNoKeyByNowIsInTheGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);

            database.inTransaction(
                    "ALTER PUBLICATION daybook SET (publish = 'update')",
                    "INSERT INTO t VALUES (2, 'missed')",
                    "ALTER TABLE t DROP CONSTRAINT t_pkey");
            String missed = time(database);
            Change gap = worker.until(c -> isGapOf(c, "not-published", "t"));

            assertThat(text(gap, "from-time")).isLessThan(missed);
            assertThat(text(gap, "to-time")).isGreaterThan(missed);
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("missed"));
        }
    }

    /** What was confirmed of other tables says nothing of the one that was not published. */
    @Test
    void aGapBeginsWhereTheLogWasSaidToBeCompleteAndNotAtALaterCommit() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED, "CREATE TABLE other (id int PRIMARY KEY)");
            Worker first = Worker.of(database, Map.of("heartbeat.interval.ms", "3600000"));
            first.poll();
            database.run(
                    "ALTER PUBLICATION daybook DROP TABLE t", "INSERT INTO t VALUES (2, 'missed')");
            String missed = time(database);
            database.run("INSERT INTO other VALUES (1)");
            first.until(c -> c.isData() && c.table().equals("other"));
            while (database.query(
                            "SELECT slot FROM daybook.capture_slot WHERE confirmed_at > '"
                                    + missed
                                    + "'")
                    .isEmpty()) {
                first.poll();
            }
            first.close();
            try (Worker second = Worker.after(first, database)) {
                Change gap = second.until(c -> isGapOf(c, "not-published", "t"));

                assertThat(text(gap, "from-time")).isLessThan(missed);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER PUBLICATION daybook_insert_only DROP TABLE daybook.table_change",
                "ALTER PUBLICATION daybook_insert_only DROP TABLE daybook.transaction_context",
                "ALTER PUBLICATION daybook_insert_only SET TABLE other",
                "ALTER PUBLICATION daybook_insert_only SET TABLE daybook.table_change WHERE (operation = 'x'),"
                        + " daybook.transaction_context",
                "ALTER PUBLICATION daybook_insert_only SET (publish = 'truncate')",
                "DROP PUBLICATION daybook_insert_only; CREATE PUBLICATION daybook_insert_only FOR ALL TABLES"
                        + " WITH (publish = 'insert, truncate')",
            })
    void whatBecameOfTablesAndWhoDidItHasAGapWhereItWasNotPublished(String sql) throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED, "CREATE TABLE other (id int)", "INSERT INTO t VALUES (1, 'a')");
            worker.caughtUp(database);
            String before = time(database);

            database.run(sql.split("; "));
            database.run("ALTER TABLE t ADD more text");
            Change gap = worker.until(c -> isGap(c, "not-published", ""));
            worker.until(c -> c.tableChange().equals("capture-table public.t"));
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("a"));
            worker.caughtUp(database);

            assertThat(text(gap, "reason")).contains("who changed what", "became of tables");
            assertThat(text(gap, "from-time")).isLessThan(time(database));
            assertThat(text(gap, "to-time")).isGreaterThan(before);
            assertThat(Worker.problem(database)).isEmpty();
            database.run("ALTER TABLE t ADD yet_more text");
            worker.until(c -> c.tableChange().equals("alter-table public.t"));
        }
    }

    @Test
    void whatTheCaptureKeepsForItselfIsNotRecordedWhereAllTablesArePublished() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);

            // In one transaction: the publication would be put right in between.
            database.run(
                    "DROP PUBLICATION daybook; CREATE PUBLICATION daybook FOR ALL TABLES;"
                            + " INSERT INTO daybook.setting VALUES ('kept', 'x');"
                            + " DELETE FROM daybook.setting WHERE name = 'kept';"
                            + " SELECT daybook.set_context('anna', 'why');"
                            + " INSERT INTO t VALUES (1, 'a')");
            worker.until(c -> isGap(c, "not-published", ""));
            worker.caughtUp(database);

            assertThat(worker.operations("t")).contains("insert");
            assertThat(worker.written)
                    .filteredOn(c -> c.isData() && c.metadata("schema-name").equals("daybook"))
                    .extracting(Change::table)
                    .contains("transaction_context", "table_change")
                    .containsOnly("transaction_context", "table_change");
        }
    }

    @Test
    void nothingIsClaimedWhileAPublicationIsMissing() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);

            database.run("DROP PUBLICATION daybook", "INSERT INTO t VALUES (2, 'missed')");
            assertThat(worker.untilProblem(database)).contains("publication", "source prepare");
            String dropped = time(database);
            worker.poll();
            assertThat(worker.written)
                    .filteredOn(c -> c.operation().equals("heartbeat"))
                    .allSatisfy(c -> assertThat(c.completeUntil()).isLessThan(dropped));

            database.prepare("public.*", "");
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("missed"));
            worker.until(c -> isGapOf(c, "not-published", "t") && !text(c, "to-time").isEmpty());
            database.run("INSERT INTO t VALUES (3, 'captured')");
            worker.until(c -> c.data().containsValue("captured"));
            worker.caughtUp(database);
            assertThat(Worker.problem(database)).isEmpty();
        }
    }

    @Test
    void aTableThatWasMadeWhileThePublicationWasHeldHasAGapUntilItsSnapshot() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection other = database.connect();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute("CREATE TABLE held (id int PRIMARY KEY)");
            }

            String before = time(database);
            database.run("CREATE TABLE late (id int PRIMARY KEY, v text)");
            String made = time(database);
            database.run("INSERT INTO late VALUES (1, 'a')", "UPDATE late SET v = 'b'");
            Change open = worker.until(c -> isGap(c, "not-captured", "late"));
            assertThat(text(open, "to-time")).isEmpty();
            assertThat(text(open, "from-time")).isBetween(before, made);
            worker.caughtUp(database);
            other.rollback();
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("b"));
            Change closed =
                    worker.until(
                            c -> isGap(c, "not-captured", "late") && !text(c, "to-time").isEmpty());

            assertThat(text(closed, "gap-id")).isEqualTo(text(open, "gap-id"));
            assertThat(text(closed, "to-time")).isGreaterThan(made);
        }
    }

    @Test
    void aSlotThatSomebodyElseMovedOnIsAGapAndTheTablesAreReadAgain() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a')");
            worker.caughtUp(database);

            String slot = cutOff(database);
            database.run(
                    "INSERT INTO t VALUES (2, 'skipped')",
                    "SELECT pg_replication_slot_advance('" + slot + "', pg_current_wal_lsn())");
            String moved = time(database);
            Change load =
                    worker.until(
                            c -> c.operation().equals("load") && c.data().containsValue("skipped"));
            Change gap = worker.until(c -> isGap(c, "slot-moved", ""));
            worker.caughtUp(database);
            assertReadAgainBehind(gap, load);

            assertThat(text(gap, "from-time")).isLessThan(moved);
            assertThat(text(gap, "to-time")).isGreaterThan(moved);
            assertThat(text(gap, "from-position")).isLessThan(text(gap, "to-position"));
            assertThat(noGapPassedUnsaid(worker.written)).isTrue();
        }
    }

    @Test
    void whatBecameOfTablesWhileTheSlotWasMovedOnIsToldBehindTheGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    KEYED,
                    "CREATE TABLE kept (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
                    "CREATE TABLE released (id int PRIMARY KEY)",
                    "CREATE TABLE renamed (id int PRIMARY KEY)",
                    "CREATE TABLE made_again (id int PRIMARY KEY)",
                    "CREATE TABLE earlier (id int PRIMARY KEY)");
            worker.caughtUp(database);
            database.run("DROP TABLE earlier");
            worker.caughtUp(database);
            awaitConfirmed(database, worker);

            String slot = cutOff(database);
            database.run(
                    "DROP TABLE t",
                    "ALTER TABLE released SET UNLOGGED",
                    "ALTER TABLE renamed RENAME TO other",
                    "DROP TABLE made_again",
                    "CREATE TABLE made_again (id int PRIMARY KEY)",
                    "SELECT pg_replication_slot_advance('" + slot + "', pg_current_wal_lsn())");
            Change gap = worker.until(c -> isGap(c, "slot-moved", ""));

            worker.until(c -> isToldBehind(c, "drop-table public.t", gap));
            worker.until(c -> isToldBehind(c, "release-table public.released", gap));
            worker.until(c -> isToldBehind(c, "rename-table public.renamed", gap));
            worker.until(c -> isReadingOf(c, "made_again", gap));
            worker.caughtUp(database);
            assertThat(worker.tableChanges())
                    .containsOnlyOnce("drop-table public.earlier")
                    .doesNotContain("drop-table public.made_again");
            awaitConfirmed(database, worker);
        }
    }

    /** Polls until the source keeps nothing of what was told to have become of tables. */
    private static void awaitConfirmed(SourceDatabase database, Worker worker) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!database.query("SELECT operation FROM daybook.told_end").isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            // A position is confirmed where there is something to record.
            database.run("INSERT INTO kept DEFAULT VALUES");
            worker.poll();
        }
    }

    @Test
    void aTableThatWentWhileWhatBecomesOfTablesWasNotPublishedIsToldToBeGone() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);

            database.inTransaction(
                    "ALTER PUBLICATION daybook_insert_only SET (publish = 'truncate')",
                    "DROP TABLE t");
            Change gap =
                    worker.until(
                            c -> isGap(c, "not-published", "") && !text(c, "to-time").isEmpty());

            worker.until(c -> isToldBehind(c, "drop-table public.t", gap));
        }
    }

    @Test
    void eachHeartbeatNamesThePositionOfTheOneBeforeAndAStartWhereTheSlotStood() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            List<Change> written = new ArrayList<>();
            for (int run = 0; run < 3; run++) {
                try (Worker worker = Worker.of(database)) {
                    for (int i = 0; i < 5; i++) {
                        database.run("INSERT INTO t VALUES (" + (10 * run + i) + ")");
                        worker.caughtUp(database);
                    }
                    written.addAll(worker.written);
                    String confirmed =
                            database.query(
                                            "SELECT lpad(split_part(l, '/', 1), 8, '0') || '/'"
                                                    + " || lpad(split_part(l, '/', 2), 8, '0') FROM (SELECT"
                                                    + " confirmed_lsn::text AS l FROM daybook.capture_slot) x")
                                    .get(0);
                    assertThat(confirmed)
                            .as("nothing is confirmed that was not told")
                            .isLessThanOrEqualTo(end(written));
                }
            }
            assertThat(breaks(written)).isEmpty();
            assertThat(written).noneMatch(c -> c.operation().equals("gap"));
        }
    }

    /** Also where the source was made to forget that it was moved. */
    @Test
    void aSlotThatWasMovedOrMadeAgainInSecretBreaksTheChain() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            List<Change> written = new ArrayList<>();
            String slot;
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                written.addAll(worker.written);
                slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            }
            String move =
                    "SELECT pg_replication_slot_advance('" + slot + "', pg_current_wal_lsn())";
            String again =
                    "SELECT pg_drop_replication_slot('"
                            + slot
                            + "'); SELECT pg_create_logical_replication_slot('"
                            + slot
                            + "', 'pgoutput')";
            for (String secret : List.of(move, again)) {
                awaitInactive(database, slot);
                database.run(
                        "INSERT INTO t VALUES (" + written.size() + ", 'skipped')",
                        // Until then it is not where the slot can be moved to.
                        "CHECKPOINT",
                        secret,
                        "UPDATE daybook.capture_slot SET confirmed_lsn = (SELECT"
                                + " confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name ="
                                + " slot)");
                int before = breaks(written).size();
                try (Worker worker = Worker.of(database)) {
                    worker.caughtUp(database);
                    assertThat(worker.written).noneMatch(c -> c.operation().equals("gap"));
                    written.addAll(worker.written);
                }
                assertThat(breaks(written)).hasSize(before + 1);
            }
            assertThat(written).noneMatch(c -> c.data().containsValue("skipped"));
        }
    }

    @Test
    void positionsAreToldAndConfirmedWhileTablesAreRead() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection other = database.connect();
                Worker worker = Worker.of(database)) {
            database.run(
                    KEYED, "CREATE TABLE other (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            worker.caughtUp(database);
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute("UPDATE t SET v = 'held'");
            }
            database.run("SELECT daybook.reload_all()");
            Change first = worker.until(c -> c.operation().equals("position"));
            database.run("INSERT INTO other VALUES (1)");
            String inserted = lsn(database);
            worker.until(
                    c ->
                            c.operation().equals("position")
                                    && text(c, "position").compareTo(inserted) >= 0);
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (database.query(
                            "SELECT slot FROM daybook.capture_slot WHERE confirmed_lsn >= '"
                                    + text(first, "position")
                                    + "'")
                    .isEmpty()) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                worker.poll();
            }
            other.rollback();
            worker.caughtUp(database);

            assertThat(breaks(worker.written)).isEmpty();
        }
    }

    private static String lsn(SourceDatabase database) throws SQLException {
        return database.query(
                        "SELECT lpad(split_part(l, '/', 1), 8, '0') || '/' || lpad(split_part(l, '/', 2), 8,"
                                + " '0') FROM (SELECT pg_current_wal_lsn()::text AS l) x")
                .get(0);
    }

    private static void awaitInactive(SourceDatabase database, String slot) throws Exception {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!database.query(
                        "SELECT slot_name FROM pg_replication_slots WHERE active AND slot_name = '"
                                + slot
                                + "'")
                .isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    private static boolean tells(Change change) {
        return change.operation().equals("heartbeat") || change.operation().equals("position");
    }

    /** Returns the furthest position that was told. */
    private static String end(List<Change> written) {
        return written.stream()
                .filter(MissedChangesTest::tells)
                .map(c -> text(c, "position"))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Returns where a position does not follow those before. */
    private static List<String> breaks(List<Change> written) {
        List<String> breaks = new ArrayList<>();
        String end = "";
        for (Change change : written) {
            if (tells(change)) {
                String previous = text(change, "previous");
                if (!end.isEmpty() && previous.compareTo(end) > 0) {
                    breaks.add(end + " to " + previous);
                }
                String position = text(change, "position");
                assertThat(position).isGreaterThanOrEqualTo(previous);
                end = position.compareTo(end) > 0 ? position : end;
            }
        }
        return breaks;
    }

    @Test
    void aSlotThatItsCaptureConfirmedIsNoGapAfterARestart() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            Worker first = Worker.of(database);
            first.caughtUp(database);
            for (int i = 0; i < 20; i++) {
                database.run("INSERT INTO t VALUES (" + i + ", repeat('x', 20000))");
                first.poll();
            }
            first.close();
            try (Worker second = Worker.after(first, database)) {
                second.caughtUp(database);
                assertThat(second.written).noneMatch(c -> c.operation().equals("gap"));
                assertThat(database.query("SELECT id::text FROM daybook.gap")).isEmpty();
            }
        }
    }

    @Test
    void aGapThatWasAcceptedIsNamedFromWhatWasConfirmedToTheNewSlot() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a')");
            String slot;
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            }
            forget(database, slot);
            database.run("UPDATE t SET v = 'in the gap'");
            String before = time(database);
            try (Worker worker = Worker.of(database)) {
                Change load = worker.until(c -> c.operation().equals("load"));
                Change gap =
                        worker.until(
                                c -> isGap(c, "slot-lost", "") && !text(c, "to-time").isEmpty());
                assertReadAgainBehind(gap, load);

                assertThat(text(gap, "from-time")).isLessThan(before);
                assertThat(text(gap, "to-time")).isGreaterThan(before);
            }
        }
    }

    @Test
    void whatWasKnownOfRowsEndsWhereASlotTakesTheGivenUpOnesPlace() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a'), (2, 'goes in the gap')");
            String slot;
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            }
            forget(database, slot);
            database.run("DELETE FROM t WHERE id = 2");
            try (Worker worker = Worker.of(database)) {
                Change load = worker.until(c -> c.operation().equals("load"));
                worker.caughtUp(database);

                assertThat(worker.tableChanges()).containsExactly("capture-table public.t");
                Change barrier =
                        worker.written.stream()
                                .filter(c -> c.data().containsKey("control"))
                                .findFirst()
                                .orElseThrow();
                assertThat(barrier.metadata("commit-timestamp"))
                        .isLessThanOrEqualTo(load.metadata("commit-timestamp"));
                assertThat(worker.operations("t")).containsExactly("load");
            }
        }
    }

    @Test
    void aSourceThatForgotItsCaptureHasAGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a')");
            Worker first = Worker.of(database);
            first.caughtUp(database);
            first.close();
            String slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            forget(database, slot);
            database.run("DROP SCHEMA daybook CASCADE");
            database.prepare("public.*", "");
            try (Worker worker = Worker.after(first, database)) {
                Change load = worker.until(c -> c.operation().equals("load"));
                Change gap = worker.until(c -> isGap(c, "slot-lost", ""));
                worker.caughtUp(database);
                assertReadAgainBehind(gap, load);
            }
        }
    }

    /** As a copy of the server's files from an earlier moment is: it knows less than was read. */
    @Test
    void aSourceThatWasPutBackIsAGapAndTheTablesAreReadAgain() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'kept')");
            Worker first = Worker.of(database);
            first.caughtUp(database);
            String copy = "SELECT confirmed_lsn::text FROM daybook.capture_slot";
            first.close();
            String then = database.query(copy).get(0);
            database.run("INSERT INTO t VALUES (2, repeat('undone', 20000))");
            Worker second = Worker.after(first, database);
            second.until(c -> c.isData() && c.data().toString().contains("id=2"));
            second.caughtUp(database);
            while (database.query(copy).get(0).equals(then)) {
                second.poll();
            }
            second.caughtUp(database);
            second.close();
            database.run("UPDATE daybook.capture_slot SET confirmed_lsn = '" + then + "'");

            try (Worker worker = Worker.after(second, database)) {
                Change load =
                        worker.until(
                                c ->
                                        c.operation().equals("load")
                                                && c.data().containsValue("kept"));
                Change gap = worker.until(c -> isGap(c, "source-restored", ""));
                worker.caughtUp(database);
                assertReadAgainBehind(gap, load);

                assertThat(text(gap, "reason")).contains("put back", "undone");
                assertThat(text(gap, "from-position")).isLessThan(text(gap, "to-position"));
            }
        }
    }

    @Test
    void anotherDatabaseUnderTheNameIsRefusedUntilItIsMeant() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a')");
            Worker first = Worker.of(database);
            first.caughtUp(database);
            first.close();
            database.close();
            try (SourceDatabase again = database.again()) {
                again.prepare("public.*", "");
                again.run(KEYED, "INSERT INTO t VALUES (1, 'of another')");
                try (Worker worker = Worker.after(first, again)) {
                    String problem = worker.untilProblem(again);
                    assertThat(problem)
                            .contains("is another one than before", "Choose another source.name");
                    assertThat(worker.written).isEmpty();

                    again.run(problem.replaceAll(".*run (SELECT .*) on it.*", "$1"));
                    Change load = worker.until(c -> c.operation().equals("load"));
                    Change gap = worker.until(c -> isGap(c, "source-replaced", ""));
                    worker.caughtUp(again);
                    assertReadAgainBehind(gap, load);
                    assertThat(Worker.problem(again)).isEmpty();
                }
            }
        }
    }

    /** It has no row whose reading would show that it was read again. */
    @Test
    void anEmptyTableIsReadAgainBehindAGapOfTheWholeSource() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);
            database.run("ALTER PUBLICATION daybook_insert_only SET (publish = 'delete')");
            Change gap =
                    worker.until(
                            c -> isGap(c, "not-published", "") && !text(c, "to-time").isEmpty());

            worker.until(c -> isReadingOf(c, "t", gap));
        }
    }

    @Test
    void theTablesAreReadAgainBehindAGapThatEndsAtASlotMadeByHand() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            String slot;
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            }
            forget(database, slot);
            database.run("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
            try (Worker worker = Worker.of(database)) {
                Change gap =
                        worker.until(
                                c -> isGap(c, "slot-lost", "") && !text(c, "to-time").isEmpty());

                worker.until(c -> isReadingOf(c, "t", gap));
            }
        }
    }

    /** As a capture leaves it that is killed after it has made the slot. */
    @Test
    void aGapWhoseEndWasNotNotedHasTheTablesReadAgainBehindIt() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            Worker first = Worker.of(database);
            first.caughtUp(database);
            first.close();
            String slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            forget(database, slot);
            Worker second = Worker.after(first, database);
            second.until(c -> isGap(c, "slot-lost", ""));
            second.caughtUp(database);
            second.close();
            database.run(
                    "DELETE FROM daybook.sent_gap",
                    "UPDATE daybook.gap SET over = false, to_at = NULL, to_lsn = NULL");

            try (Worker worker = Worker.after(second, database)) {
                Change gap =
                        worker.until(
                                c -> isGap(c, "slot-lost", "") && !text(c, "to-time").isEmpty());

                worker.until(c -> isReadingOf(c, "t", gap));
            }
        }
    }

    @Test
    void aReplacedSourceIsNotNotedWhileItsSlotIsRefused() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(KEYED);
            Worker first = Worker.of(database);
            first.caughtUp(database);
            first.close();
            String slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
            database.close();
            try (SourceDatabase again = database.again()) {
                again.prepare("public.*", "");
                again.run(KEYED);
                try (Worker worker = Worker.after(first, again)) {
                    String problem = worker.untilProblem(again);
                    again.run(
                            "INSERT INTO daybook.capture_slot (slot, started_at, snapshot, start_lsn, exact)"
                                    + " VALUES ('"
                                    + slot
                                    + "', now(), pg_current_snapshot(), pg_current_wal_lsn(), true)",
                            problem.replaceAll(".*run (SELECT .*) on it.*", "$1"));
                    while (!Worker.problem(again).contains("is gone")) {
                        worker.poll();
                    }
                    assertThat(again.query("SELECT cause FROM daybook.gap")).isEmpty();
                }
            }
        }
    }

    /**
     * Whether it says, at the gap's end or behind it, that the table is read from its beginning.
     */
    private static boolean isReadingOf(Change change, String table, Change gap) {
        return isToldBehind(change, "capture-table public." + table, gap);
    }

    private static boolean isToldBehind(Change change, String tableChange, Change gap) {
        return change.tableChange().equals(tableChange)
                && !OffsetDateTime.parse(change.metadata("commit-timestamp"))
                        .isBefore(OffsetDateTime.parse(text(gap, "to-time")));
    }

    /**
     * What is read again for a gap is not before its end, or the gap would never be known as
     * closed.
     */
    private static void assertReadAgainBehind(Change gap, Change load) {
        assertThat(OffsetDateTime.parse(text(gap, "to-time")))
                .isBeforeOrEqualTo(OffsetDateTime.parse(load.metadata("commit-timestamp")));
    }

    @Test
    void aTableWithoutAKeyIsPartialUntilItHasOne() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);
            database.run("CREATE TABLE keyless (id int, v text)");
            Change open = worker.until(c -> isGap(c, "no-key", "keyless"));
            assertThat(text(open, "to-time")).isEmpty();
            assertThat(text(open, "reason")).contains("updates and deletes are not recorded");

            database.run(
                    "INSERT INTO keyless VALUES (1, 'a')",
                    "ALTER TABLE keyless ADD PRIMARY KEY (id)");
            Change closed =
                    worker.until(
                            c -> isGap(c, "no-key", "keyless") && !text(c, "to-time").isEmpty());
            assertThat(text(closed, "gap-id")).isEqualTo(text(open, "gap-id"));
        }
    }

    @Test
    void aTableWithoutAKeyButWithAFullIdentityIsRecordedWhole() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("public.*", "public.*");
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);
            database.run("CREATE TABLE keyless (id int, v text)");
            database.run("INSERT INTO keyless VALUES (1, 'a')", "UPDATE keyless SET v = 'b'");
            Change update = worker.until(c -> c.operation().equals("update"));

            assertThat(update.before()).hasToString("{id=1, v=a}");
            assertThat(update.data()).hasToString("{id=1, v=b}");
            worker.caughtUp(database);
            assertThat(worker.written).noneMatch(c -> c.operation().equals("gap"));
        }
    }

    @Test
    void aGapGoesOnUnderItsTablesNewName() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE former (id int)", "CREATE UNLOGGED TABLE scratch (id int)");
            worker.until(c -> isGap(c, "no-key", "former"));
            worker.until(c -> isGap(c, "unlogged", "scratch"));

            database.run(
                    "ALTER TABLE former RENAME TO present",
                    "ALTER TABLE scratch RENAME TO scratch_2",
                    "UPDATE present SET id = 2");
            Change open = worker.until(c -> isGap(c, "no-key", "present"));
            worker.until(c -> isGap(c, "unlogged", "scratch_2"));
            worker.until(c -> isGap(c, "no-key", "former") && !text(c, "to-time").isEmpty());
            worker.until(c -> isGap(c, "unlogged", "scratch") && !text(c, "to-time").isEmpty());

            assertThat(text(open, "to-time")).isEmpty();
            assertThat(text(open, "reason")).contains("public.present has no key");
        }
    }

    @Test
    void aTableThatSomebodyTookOutMissedItsChangesUnderItsFormerName() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);

            database.inTransaction(
                    "ALTER PUBLICATION daybook DROP TABLE t",
                    "INSERT INTO t VALUES (2, 'missed')",
                    "ALTER TABLE t RENAME TO present");

            worker.until(c -> isGap(c, "not-published", "t") && !text(c, "to-time").isEmpty());
            worker.until(c -> isGap(c, "not-published", "present"));
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("missed"));
        }
    }

    @Test
    void aTableOneOfWhosePartitionsIsUnloggedHasAGapUntilItIsLogged() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);
            database.run(
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "INSERT INTO p VALUES (1, 'logged')");
            worker.caughtUp(database);

            database.run("ALTER TABLE p_a SET UNLOGGED", "UPDATE p SET v = 'unlogged'");
            Change open = worker.until(c -> isGap(c, "unlogged", "p"));
            assertThat(text(open, "reason")).contains("public.p_a", "SET LOGGED");
            database.run("ALTER TABLE p_a SET LOGGED");
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("unlogged"));
            worker.until(c -> isGap(c, "unlogged", "p") && !text(c, "to-time").isEmpty());

            assertThat(worker.tableChanges())
                    .containsExactly(
                            "create-table public.p",
                            "attach-partition public.p",
                            "detach-partition public.p",
                            "attach-partition public.p");
            database.run("CREATE UNLOGGED TABLE p_b PARTITION OF p FOR VALUES FROM (100) TO (200)");
            worker.until(c -> isGap(c, "unlogged", "p") && text(c, "reason").contains("p_b"));
        }
    }

    @Test
    void aTableThatIsUnloggedForAWhileHasAGapThatItsSnapshotCloses() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'logged')");
            worker.caughtUp(database);

            database.run("ALTER TABLE t SET UNLOGGED", "UPDATE t SET v = 'unlogged'");
            Change open = worker.until(c -> isGap(c, "unlogged", "t"));
            assertThat(text(open, "to-time")).isEmpty();
            database.run("ALTER TABLE t SET LOGGED");
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("unlogged"));
            worker.until(c -> isGap(c, "unlogged", "t") && !text(c, "to-time").isEmpty());
        }
    }

    /** An empty one has no rows that would say that it was read. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    unlogged      | ALTER TABLE e SET UNLOGGED; ALTER TABLE e SET LOGGED
                    not-published | ALTER PUBLICATION daybook DROP TABLE e; SELECT 1
                    no-key        | ALTER TABLE e DROP CONSTRAINT e_pkey; ALTER TABLE e ADD PRIMARY KEY (id)
                    """)
    void anEmptyTableIsReadAgainOnceItsGapIsOver(String cause, String sql) throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE e (id int PRIMARY KEY)");
            worker.caughtUp(database);

            String[] commands = sql.split("; ");
            database.run(commands[0]);
            worker.until(c -> isGap(c, cause, "e"));
            database.run(commands[1]);
            Change gap = worker.until(c -> isGap(c, cause, "e") && !text(c, "to-time").isEmpty());

            worker.until(c -> isReadingOf(c, "e", gap));
        }
    }

    /** Its file has pages, and no row in them: only its reading finds that. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    not-published | ALTER PUBLICATION daybook DROP TABLE e; SELECT 1
                    no-key        | ALTER TABLE e DROP CONSTRAINT e_pkey; ALTER TABLE e ADD PRIMARY KEY (id)
                    """)
    void aTableWhoseRowsAreAllDeletedIsReadAgainOnceItsGapIsOver(String cause, String sql)
            throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE e (id int PRIMARY KEY) WITH (autovacuum_enabled = off)",
                    "INSERT INTO e SELECT generate_series(1, 1000)",
                    "DELETE FROM e");
            worker.caughtUp(database);

            String[] commands = sql.split("; ");
            database.run(commands[0]);
            worker.until(c -> isGap(c, cause, "e"));
            database.run(commands[1]);
            Change gap = worker.until(c -> isGap(c, cause, "e") && !text(c, "to-time").isEmpty());

            worker.until(c -> isReadingOf(c, "e", gap));
            // What comes afterwards is known.
            database.run("INSERT INTO e VALUES (1)");
            worker.caughtUp(database);
            List<String> changes = worker.tableChanges();
            assertThat(changes).endsWith("capture-table public.e");
        }
    }

    @Test
    void aTableThatWasMadeUnloggedHasAGapUntilItIsGone() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);
            database.run("CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)");
            worker.until(c -> isGap(c, "unlogged", "scratch"));
            database.run("DROP TABLE scratch");
            worker.until(c -> isGap(c, "unlogged", "scratch") && !text(c, "to-time").isEmpty());
        }
    }

    @Test
    void anUnloggedTableThatWasRenamedUnnoticedHasItsGapUnderBothNames() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED, "ALTER TABLE t SET UNLOGGED");
            worker.until(c -> isGap(c, "unlogged", "t"));
            worker.caughtUp(database);

            database.run(
                    "ALTER EVENT TRIGGER daybook_after_ddl DISABLE", "ALTER TABLE t RENAME TO u");
            String missed =
                    database.query(
                                    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                            + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                            .get(0);

            Change gap = worker.until(c -> isGap(c, "unlogged", "u"));
            assertThat(text(gap, "from-time")).isLessThan(missed);
        }
    }

    @Test
    void theTimeInWhichAnEventTriggerWasOffIsAGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database);
                Connection other = database.connect();
                Statement open = other.createStatement()) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a')");
            worker.caughtUp(database);
            // Between two looks.
            String off = time(database);
            database.run(
                    "ALTER EVENT TRIGGER daybook_after_ddl DISABLE",
                    "CREATE TABLE short_lived (id int PRIMARY KEY)",
                    "INSERT INTO short_lived VALUES (1)",
                    "DROP TABLE short_lived",
                    "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS");
            String on = time(database);
            Change between =
                    worker.until(
                            c -> isGap(c, "not-captured", "") && !text(c, "to-time").isEmpty());
            assertThat(text(between, "from-time")).isLessThan(on);
            assertThat(text(between, "to-time")).isGreaterThan(off);
            worker.until(c -> isReadingOf(c, "t", between));

            database.run("ALTER EVENT TRIGGER daybook_after_drop DISABLE");
            Change begun =
                    worker.until(c -> isGap(c, "not-captured", "") && text(c, "to-time").isEmpty());
            assertThat(text(begun, "gap-id")).isNotEqualTo(text(between, "gap-id"));
            worker.caughtUp(database);
            other.setAutoCommit(false);
            open.execute("CREATE TABLE held (id int PRIMARY KEY)");
            database.run("ALTER EVENT TRIGGER daybook_after_drop ENABLE ALWAYS");
            for (int look = 0; look < 5; look++) {
                worker.until(c -> c.operation().equals("heartbeat"));
                Thread.sleep(200);
                worker.poll();
            }
            assertThat(database.query("SELECT id::text FROM daybook.gap WHERE to_at IS NULL"))
                    .containsExactly(text(begun, "gap-id"));
            other.commit();
            worker.until(
                    c ->
                            text(c, "gap-id").equals(text(begun, "gap-id"))
                                    && !text(c, "to-time").isEmpty());
            worker.caughtUp(database);
            assertThat(
                            noGapPassedUnsaid(
                                    worker.written.stream()
                                            .filter(c -> text(c, "to-time").isEmpty())
                                            .toList()))
                    .isTrue();

            // What prepare.sql does itself is none, and what it puts right is.
            database.prepare("public.*", "");
            worker.caughtUp(database);
            worker.caughtUp(database);
            assertThat(database.query("SELECT id::text FROM daybook.gap")).hasSize(2);
            database.run("DROP EVENT TRIGGER daybook_after_drop");
            database.prepare("public.*", "");
            worker.until(
                    c ->
                            isGap(c, "not-captured", "")
                                    && !text(c, "to-time").isEmpty()
                                    && !text(c, "gap-id").equals(text(between, "gap-id"))
                                    && !text(c, "gap-id").equals(text(begun, "gap-id")));
        }
    }

    @Test
    void aTableThatSomebodyPublishedBeforeTheCaptureFoundItHasAGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.caughtUp(database);
            database.run("ALTER EVENT TRIGGER daybook_after_ddl DISABLE");
            worker.until(c -> isGap(c, "not-captured", ""));
            database.inTransaction(
                    "CREATE TABLE late (id int PRIMARY KEY)",
                    "INSERT INTO late VALUES (1)",
                    "ALTER PUBLICATION daybook ADD TABLE late");

            worker.until(c -> isGap(c, "not-captured", "late") && !text(c, "to-time").isEmpty());
        }
    }

    @Test
    void aTableThatStaysLoggedHasNoGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED, "INSERT INTO t VALUES (1, 'a')");
            worker.caughtUp(database);

            database.run(
                    "/* not unlogged */ ALTER TABLE t ADD COLUMN unlogged int",
                    "ALTER TABLE t SET LOGGED",
                    "UPDATE t SET v = 'b'");
            worker.until(c -> c.operation().equals("update"));
            worker.caughtUp(database);

            assertThat(worker.written).noneMatch(c -> c.operation().equals("gap"));
        }
    }

    @Test
    void aTableThatASerializableTransactionMadeHasNoGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(KEYED);
            worker.caughtUp(database);

            database.inTransaction(
                    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                    "CREATE TABLE late (id int PRIMARY KEY, v text)",
                    "INSERT INTO late VALUES (1, 'a')");
            worker.until(c -> c.table().equals("late") && c.isData());
            while (database.query(
                            "SELECT count(*)::text FROM daybook.captured_table WHERE table_name = 'public.late'")
                    .contains("0")) {
                worker.poll();
            }
            worker.caughtUp(database);

            assertThat(worker.written).noneMatch(c -> c.operation().equals("gap"));
        }
    }

    @Test
    void theGapOfATableThatBecomesAPartitionIsOver() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database);
                Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            database.run("CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)");
            worker.caughtUp(database);
            holder.setAutoCommit(false);
            open.execute("CREATE TABLE held (id int PRIMARY KEY)");
            database.run(
                    "CREATE TABLE part (id int PRIMARY KEY)",
                    "ALTER TABLE p ATTACH PARTITION part FOR VALUES FROM (0) TO (9)");
            holder.commit();

            worker.until(c -> isGap(c, "not-captured", "part") && !text(c, "to-time").isEmpty());
        }
    }

    /** The look at the tables does not see what the command has noted until it commits. */
    @Test
    void theGapOfATableThatACommandIsHavingCapturedIsOver() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            Worker first = Worker.of(database);
            first.caughtUp(database);
            first.close();
            database.run(
                    "ALTER EVENT TRIGGER daybook_after_ddl DISABLE",
                    "CREATE TABLE late (id int PRIMARY KEY, v text)",
                    "INSERT INTO late VALUES (1, 'missed')",
                    "ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS");
            holder.setAutoCommit(false);
            open.execute("ALTER TABLE late ADD COLUMN w int");
            try (Worker worker = Worker.after(first, database)) {
                worker.until(c -> isGap(c, "not-captured", "late"));
                holder.commit();

                Change gap =
                        worker.until(
                                c ->
                                        isGap(c, "not-captured", "late")
                                                && !text(c, "to-time").isEmpty());
                assertReadAgainBehind(
                        gap,
                        worker.until(
                                c ->
                                        c.operation().equals("load")
                                                && c.data().containsValue("missed")));
            }
        }
    }

    @Test
    void aGapIsSentUntilKafkaHasIt() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE keyless (id int)");
            try (Worker worker = Worker.of(database).withoutAcknowledgement()) {
                worker.until(c -> isGap(c, "no-key", "keyless"));
            }
            try (Worker worker = Worker.of(database)) {
                worker.until(c -> isGap(c, "no-key", "keyless"));
                while (database.query("SELECT gap::text FROM daybook.sent_gap").isEmpty()) {
                    worker.poll();
                }
            }
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                assertThat(worker.written).noneMatch(c -> c.operation().equals("gap"));
            }
        }
    }

    private static String time(SourceDatabase database) throws SQLException {
        return database.query(
                        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                .get(0);
    }

    private static boolean isGap(Change change, String cause, String table) {
        return change.operation().equals("gap")
                && text(change, "cause").equals(cause)
                && change.table().equals(table);
    }

    /** Whether it is a gap of the table or of the whole source. */
    private static boolean isGapOf(Change change, String cause, String table) {
        return isGap(change, cause, table) || isGap(change, cause, "");
    }

    private static String text(Change change, String member) {
        Object value = change.member("control").get(member);
        return value == null ? "" : value.toString();
    }

    /** Whether no heartbeat goes beyond the beginning of a gap that comes after it. */
    private static boolean noGapPassedUnsaid(List<Change> written) {
        String claimed = "";
        for (Change change : written) {
            if (change.operation().equals("heartbeat")) {
                claimed = change.completeUntil();
            } else if (change.operation().equals("gap")
                    && !text(change, "cause").equals("slot-moved")
                    && text(change, "from-time").compareTo(claimed) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Ends the capture's connection for a moment, and returns its slot. */
    private static String cutOff(SourceDatabase database) throws SQLException {
        String slot = database.query("SELECT slot FROM daybook.capture_slot").get(0);
        database.run(
                "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE"
                        + " slot_name = '"
                        + slot
                        + "'");
        return slot;
    }

    private static void forget(SourceDatabase database, String slot) throws Exception {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (true) {
            try {
                database.run("SELECT daybook.forget_slot('" + slot + "')");
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }
}
