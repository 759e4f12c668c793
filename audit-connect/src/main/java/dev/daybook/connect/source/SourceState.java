package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;
import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the source database remembers of a capture, in the schema {@code daybook}: the slot it
 * reads, and which tables have been loaded.
 *
 * <p>It is kept there and not in Connect's offsets because it has to agree with the slot: it is
 * written before the first record is, while offsets are written up to a minute later.
 */
final class SourceState {

    /** A snapshot of the source, the clock not later than it, and its position in the WAL. */
    record SnapshotPoint(String clock, long micros, String snapshot, long lsn) {

        /**
         * Returns the point at a time that is not earlier: behind what was handed on already, where
         * the clock was set back.
         */
        SnapshotPoint notBefore(long earliest) {
            return micros >= earliest
                    ? this
                    : new SnapshotPoint(WireTime.text(earliest), earliest, snapshot, lsn);
        }
    }

    /**
     * What is known of the slot.
     *
     * @param confirmedLsn what was confirmed last; {@link Lsn#NONE} if that was not written down
     * @param confirmedAt the time that went with it, in microseconds since 1970
     */
    record Slot(SnapshotPoint start, boolean exact, long confirmedLsn, long confirmedAt) {
        /**
         * Returns whether it was made; false if a capture set out to make it and did not come to
         * its end.
         */
        boolean made() {
            return start.lsn() != Lsn.NONE;
        }
    }

    /** A table whose rows are to be read. */
    record Load(
            long relid,
            String schema,
            String table,
            boolean partitioned,
            long ticket,
            boolean initial) {
        String name() {
            return schema + "." + table;
        }

        /** A load is the same however its table is called by now. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Load that && relid == that.relid && ticket == that.ticket;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(relid * 31 + ticket);
        }
    }

    /** What the source's server says of the slot itself. */
    record ServerSlot(
            boolean active,
            boolean logical,
            String plugin,
            String database,
            String walStatus,
            long confirmedLsn) {}

    private static final String POINT =
            "started_at::text, (extract(epoch FROM started_at) * 1000000)::int8, snapshot::text,"
                    + " start_lsn::text";

    /** A row's xmin is the low half of a number whose high half is the present's, or one less. */
    private static final String CHANGED_SINCE =
            """
            WITH moment AS (SELECT ?::pg_snapshot AS snapshot,
                                   pg_snapshot_xmax(pg_current_snapshot())::text::int8 AS present),
            description AS (
                SELECT c.xmin::text::int8 AS low FROM pg_class c WHERE c.relpersistence <> 't'
                UNION ALL
                SELECT a.xmin::text::int8 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relpersistence <> 't'
                UNION ALL
                SELECT i.xmin::text::int8 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                WHERE c.relpersistence <> 't'
                UNION ALL SELECT p.xmin::text::int8 FROM pg_publication p
                UNION ALL SELECT r.xmin::text::int8 FROM pg_publication_rel r
                UNION ALL SELECT n.xmin::text::int8 FROM pg_publication_namespace n),
            change AS (
                SELECT greatest((present >> 32 << 32 | low)
                                - CASE WHEN present >> 32 << 32 | low > present THEN 1::int8 << 32 ELSE 0 END, 3) AS xid,
                       snapshot
                FROM description, moment)
            SELECT EXISTS (SELECT FROM change WHERE xid >= pg_snapshot_xmin(snapshot)::text::int8
                AND NOT pg_visible_in_snapshot(xid::text::xid8, snapshot))
            """;

    private static final String LOADS =
            """
            SELECT k.relid::int8, n.nspname, c.relname, c.relkind = 'p', k.load_ticket, v.relid IS NULL AND k.visible
            FROM (SELECT k.*, s.slot, pg_visible_in_snapshot(k.added_xid, s.snapshot) AS visible
                  FROM daybook.captured_table k CROSS JOIN daybook.capture_slot s WHERE s.slot = ?) AS k
            JOIN pg_class c ON c.oid = k.relid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN daybook.served_load v ON v.slot = k.slot AND v.relid = k.relid
            WHERE (v.relid IS NULL AND k.visible OR k.load_ticket > coalesce(v.ticket, 0))
              -- What is read again for a gap is read behind its end.
              AND NOT EXISTS (SELECT FROM daybook.gap g
                              WHERE g.over AND g.to_at IS NULL AND (g.relid IS NULL OR g.relid = k.relid))
            ORDER BY n.nspname, c.relname
            """;

    private final Connection connection;
    private final String slot;

    SourceState(Connection connection, String slot) {
        this.connection = connection;
        this.slot = slot;
    }

    @Nullable Slot slot() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT "
                                + POINT
                                + ", exact, coalesce(confirmed_lsn, '0/0')::text, (extract(epoch"
                                + " FROM coalesce(confirmed_at, started_at)) * 1000000)::int8 FROM"
                                + " daybook.capture_slot WHERE slot = ?")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new Slot(
                                point(row),
                                row.getBoolean(5),
                                Lsn.parse(row.getString(6)),
                                row.getLong(7))
                        : null;
            }
        }
    }

    @Nullable ServerSlot serverSlot() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT active, slot_type = 'logical', coalesce(plugin, ''),"
                                + " coalesce(database, ''), coalesce(wal_status, ''),"
                                + " coalesce(confirmed_flush_lsn, '0/0')::text FROM"
                                + " pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new ServerSlot(
                                row.getBoolean(1),
                                row.getBoolean(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                Lsn.parse(row.getString(6)))
                        : null;
            }
        }
    }

    /**
     * Notes that the slot is about to be made, so that one that nobody came to remember is known as
     * such: nothing was read from it, and where it begins is not known any more.
     */
    void announceSlot() throws SQLException {
        SnapshotPoint now = now();
        rememberSlot(new SnapshotPoint(now.clock(), now.micros(), now.snapshot(), Lsn.NONE), false);
    }

    void rememberSlot(SnapshotPoint start, boolean exact) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.capture_slot (slot, started_at, snapshot, start_lsn,"
                                + " exact, confirmed_lsn, confirmed_at) SELECT slot, started_at,"
                                + " snapshot, start_lsn, exact, nullif(start_lsn, '0/0'),"
                                + " started_at FROM (VALUES (?, ?::timestamptz, ?::pg_snapshot,"
                                + " ?::pg_lsn, ?)) AS v (slot, started_at, snapshot, start_lsn,"
                                + " exact) ON CONFLICT (slot) DO UPDATE SET started_at ="
                                + " excluded.started_at, snapshot = excluded.snapshot, start_lsn ="
                                + " excluded.start_lsn, exact = excluded.exact, confirmed_lsn ="
                                + " excluded.confirmed_lsn, confirmed_at ="
                                + " excluded.confirmed_at")) {
            statement.setString(1, slot);
            statement.setString(2, start.clock());
            statement.setString(3, start.snapshot());
            statement.setString(4, Lsn.sql(start.lsn()));
            statement.setBoolean(5, exact);
            statement.executeUpdate();
        }
    }

    /**
     * Remembers a slot that takes the place of one that was read. What was missed in between ends
     * what was known of the tables' rows: that is told in the new slot's stream, before the rows
     * are read again.
     */
    void rememberSlotAgain(SnapshotPoint start) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            rememberSlot(start, true);
            servedAll();
            statement.execute("SELECT daybook.reload_all()");
            definedAll();
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** Notes that the stream of a slot that is made again has the definition of every table. */
    private void definedAll() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.defined_table (slot, relid) SELECT ?, k.relid FROM"
                                + " daybook.captured_table k ON CONFLICT DO NOTHING")) {
            statement.setString(1, slot);
            statement.executeUpdate();
        }
    }

    /**
     * Tells the definitions of tables that were captured before the slot was made, once a table.
     *
     * @return whether some are left to be told, because a command is changing their tables
     */
    boolean defineTables() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT daybook.define_tables(?)")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Forgets the slot, which is gone. */
    void forgetSlot() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM daybook.capture_slot WHERE slot = ?")) {
            statement.setString(1, slot);
            statement.executeUpdate();
        }
    }

    /**
     * Writes down what is about to be confirmed, and forgets the raised times before it.
     *
     * @param time the time up to which the log was said to be complete by then, or the commit time
     *     handed on last, if that is later
     * @param raised whether there may be raised times to forget
     */
    void confirm(long lsn, long time, boolean raised) throws SQLException {
        confirm(lsn, time, Long.MIN_VALUE, Lsn.NONE, raised);
    }

    /**
     * The same.
     *
     * @param claim the time up to which the log was said to be complete last, in microseconds since
     *     1970; {@link Long#MIN_VALUE} if nothing was said
     * @param claimLsn the position that had been read by then
     */
    void confirm(long lsn, long time, long claim, long claimLsn, boolean raised)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE daybook.capture_slot SET confirmed_lsn = ?::pg_lsn, confirmed_at ="
                                + " greatest(confirmed_at, ?::timestamptz), claimed_at ="
                                + " greatest(claimed_at, ?::timestamptz), claimed_lsn ="
                                + " greatest(claimed_lsn, ?::pg_lsn) WHERE slot = ?")) {
            statement.setString(1, Lsn.sql(lsn));
            statement.setString(2, WireTime.text(time));
            statement.setString(3, claim == Long.MIN_VALUE ? null : WireTime.text(claim));
            statement.setString(4, Lsn.sql(claimLsn));
            statement.setString(5, slot);
            statement.executeUpdate();
        }
        if (!raised) {
            return;
        }
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "DELETE FROM daybook.raised_commit WHERE slot = ? AND commit_lsn <"
                                + " ?::pg_lsn")) {
            statement.setString(1, slot);
            statement.setString(2, Lsn.sql(lsn));
            statement.executeUpdate();
        }
    }

    /**
     * Writes down what is about to be claimed.
     *
     * @param micros the time up to which the log is complete, in microseconds since 1970
     * @param reached the position that has been read
     */
    void claim(long micros, long reached) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE daybook.capture_slot SET claimed_at = greatest(claimed_at,"
                                + " ?::timestamptz), claimed_lsn = greatest(claimed_lsn, ?::pg_lsn)"
                                + " WHERE slot = ?")) {
            statement.setString(1, WireTime.text(micros));
            statement.setString(2, Lsn.sql(reached));
            statement.setString(3, slot);
            statement.executeUpdate();
        }
    }

    /** Hands over what was written down of claims. */
    void claimed(CommitClock clock) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT (extract(epoch FROM claimed_at) * 1000000)::int8,"
                                + " coalesce(claimed_lsn, '0/0')::text FROM daybook.capture_slot"
                                + " WHERE slot = ? AND claimed_at IS NOT NULL")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    clock.claimedBefore(row.getLong(1), Lsn.parse(row.getString(2)));
                }
            }
        }
    }

    /**
     * Notes the commit time that a transaction was given, which is later than its own, or the time
     * of a table that was read, for the transactions behind a position.
     */
    void raised(long lsn, long micros) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.raised_commit AS r (slot, commit_lsn, handed_at)"
                                + " VALUES (?, ?::pg_lsn, ?::timestamptz) ON CONFLICT (slot,"
                                + " commit_lsn) DO UPDATE SET handed_at = greatest(r.handed_at,"
                                + " excluded.handed_at)")) {
            statement.setString(1, slot);
            statement.setString(2, Lsn.sql(lsn));
            statement.setString(3, WireTime.text(micros));
            statement.executeUpdate();
        }
    }

    /**
     * Returns the commit times that were raised, and those of tables that were read, by where they
     * stand in the WAL.
     */
    Map<Long, Long> raised() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT commit_lsn::text, (extract(epoch FROM handed_at) * 1000000)::int8"
                                + " FROM daybook.raised_commit WHERE slot = ?")) {
            statement.setString(1, slot);
            try (ResultSet rows = statement.executeQuery()) {
                Map<Long, Long> raised = new HashMap<>();
                while (rows.next()) {
                    raised.put(Lsn.parse(rows.getString(1)), rows.getLong(2));
                }
                return raised;
            }
        }
    }

    /** Which database is meant to be replaced by this one; null if none is. */
    @Nullable String replaces() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT value FROM daybook.setting WHERE name = 'replaces'")) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** Why changes may be missing that no gap is noted of yet; null if none are. */
    @Nullable String unverified() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT daybook.unverified()")) {
            row.next();
            return row.getString(1);
        }
    }

    /**
     * Says for {@link #align}, in this session, up to when nothing was missed.
     *
     * @param verified when the publications were last as they are to be
     * @param aligned when every table was last captured that is to be
     */
    void seen(long verified, long aligned) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT set_config('daybook.verified_at', ?, false),"
                                + " set_config('daybook.aligned_at', ?, false)")) {
            statement.setString(1, verified == Long.MIN_VALUE ? "" : WireTime.text(verified));
            statement.setString(2, aligned == Long.MIN_VALUE ? "" : WireTime.text(aligned));
            statement.execute();
        }
    }

    /**
     * Returns whether any table was made or altered, or published, by a transaction that had not
     * committed at that point and has since.
     */
    boolean tablesChangedSince(SnapshotPoint point) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CHANGED_SINCE)) {
            statement.setString(1, point.snapshot());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Returns the present, as this connection sees it. */
    SnapshotPoint now() throws SQLException {
        return now(connection);
    }

    /**
     * Returns the present, as a connection sees it.
     *
     * <p>Of a snapshot that was made with a slot the upper bound may be below the lower one: it
     * moves with commits alone, and the last transaction may have been rolled back. PostgreSQL
     * writes such a snapshot down and does not read it again. Everything below the lower bound is
     * decided in either.
     */
    static SnapshotPoint now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT "
                                        + POINT
                                        + " FROM (SELECT clock_timestamp() AS started_at,"
                                        + " pg_current_wal_lsn() AS start_lsn,"
                                        + " format('%s:%s:%s', pg_snapshot_xmin(s),"
                                        + " greatest(pg_snapshot_xmin(s), pg_snapshot_xmax(s)),"
                                        + " (SELECT string_agg(x::text, ',' ORDER BY x) FROM"
                                        + " pg_snapshot_xip(s) AS x))::pg_snapshot AS snapshot FROM"
                                        + " pg_current_snapshot() AS s) AS now")) {
            row.next();
            return point(row);
        }
    }

    /** Returns the tables whose rows are to be read, in the order of their names. */
    List<Load> loads() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOADS)) {
            statement.setString(1, slot);
            try (ResultSet rows = statement.executeQuery()) {
                List<Load> loads = new ArrayList<>();
                while (rows.next()) {
                    loads.add(
                            new Load(
                                    rows.getLong(1),
                                    rows.getString(2),
                                    rows.getString(3),
                                    rows.getBoolean(4),
                                    rows.getLong(5),
                                    rows.getBoolean(6)));
                }
                return loads;
            }
        }
    }

    /** Returns the former attempts at a load, oldest first. */
    List<SnapshotPoint> attempts(Load load) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT "
                                + POINT
                                + " FROM daybook.load_attempt WHERE slot = ? AND relid = ? AND"
                                + " ticket = ? ORDER BY attempt")) {
            statement.setString(1, slot);
            statement.setLong(2, load.relid());
            statement.setLong(3, load.ticket());
            try (ResultSet rows = statement.executeQuery()) {
                List<SnapshotPoint> attempts = new ArrayList<>();
                while (rows.next()) {
                    attempts.add(point(rows));
                }
                return attempts;
            }
        }
    }

    void rememberAttempt(Load load, SnapshotPoint at) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.load_attempt SELECT ?, ?, ?, coalesce(max(attempt), 0)"
                                + " + 1, ?::timestamptz, ?::pg_snapshot, ?::pg_lsn FROM"
                                + " daybook.load_attempt WHERE slot = ? AND relid = ? AND ticket ="
                                + " ?")) {
            statement.setString(1, slot);
            statement.setLong(2, load.relid());
            statement.setLong(3, load.ticket());
            statement.setString(4, at.clock());
            statement.setString(5, at.snapshot());
            statement.setString(6, Lsn.sql(at.lsn()));
            statement.setString(7, slot);
            statement.setLong(8, load.relid());
            statement.setLong(9, load.ticket());
            statement.executeUpdate();
        }
    }

    /** Kafka has all of the load. */
    void served(Load load) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.served_load (slot, relid, ticket) VALUES (?, ?, ?)"
                                + " ON CONFLICT (slot, relid) DO UPDATE"
                                + " SET ticket = greatest(served_load.ticket, excluded.ticket)")) {
            statement.setString(1, slot);
            statement.setLong(2, load.relid());
            statement.setLong(3, load.ticket());
            statement.executeUpdate();
        }
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "DELETE FROM daybook.load_attempt WHERE slot = ? AND relid = ? AND ticket"
                                + " <= ?")) {
            statement.setString(1, slot);
            statement.setLong(2, load.relid());
            statement.setLong(3, load.ticket());
            statement.executeUpdate();
        }
    }

    /**
     * Notes every table that the slot's snapshot has as loaded, for a capture that is to load none.
     */
    void servedAll() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.served_load (slot, relid, ticket) SELECT s.slot,"
                                + " k.relid, k.load_ticket FROM daybook.capture_slot s CROSS JOIN"
                                + " daybook.captured_table k WHERE s.slot = ? AND"
                                + " pg_visible_in_snapshot(k.added_xid, s.snapshot) ON CONFLICT DO"
                                + " NOTHING")) {
            statement.setString(1, slot);
            statement.executeUpdate();
        }
    }

    /** Looks at the source as {@link CompleteUntil} needs it, in its order. */
    CompleteUntil.Observation observe() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            long clock;
            try (ResultSet row =
                    statement.executeQuery(
                            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8")) {
                row.next();
                clock = row.getLong(1);
            }
            Set<String> running = new HashSet<>();
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT backend_xid::text FROM pg_stat_activity WHERE backend_xid IS"
                                    + " NOT NULL UNION ALL SELECT transaction::text FROM"
                                    + " pg_prepared_xacts")) {
                while (rows.next()) {
                    running.add(rows.getString(1));
                }
            }
            try (ResultSet row =
                    statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                row.next();
                return new CompleteUntil.Observation(clock, running, Lsn.parse(row.getString(1)));
            }
        }
    }

    /**
     * Cancels what one of our own server processes does, if another waits for a lock that it holds.
     */
    boolean cancelIfWaitedFor(int process) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT pg_cancel_backend(?) WHERE EXISTS (SELECT FROM pg_locks l"
                                + " WHERE NOT l.granted AND ? = ANY (pg_blocking_pids(l.pid)))")) {
            statement.setInt(1, process);
            statement.setInt(2, process);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Returns how many bytes of WAL the server keeps for the slot; -1 if it does not say. */
    long lagBytes() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8"
                                + " FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return -1;
                }
                long bytes = row.getLong(1);
                return row.wasNull() ? -1 : bytes;
            }
        }
    }

    /** Returns another text whenever {@link #align} may have something to do. */
    String fingerprint() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT daybook.fingerprint()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    /**
     * Makes the publications follow the tables; returns what changed and what could not be done.
     */
    List<String> align() throws SQLException {
        List<String> outcomes = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT table_name, outcome, ok FROM daybook.align()")) {
            while (rows.next()) {
                outcomes.add(
                        rows.getBoolean(3)
                                ? rows.getString(2)
                                : rows.getString(1)
                                        + " could not be followed yet: "
                                        + rows.getString(2));
            }
        }
        return outcomes;
    }

    private static SnapshotPoint point(ResultSet row) throws SQLException {
        return new SnapshotPoint(
                row.getString(1), row.getLong(2), row.getString(3), Lsn.parse(row.getString(4)));
    }
}
