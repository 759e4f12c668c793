package dev.daybook.connect.source;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Keeps where changes may be missing, in the source database: it is noted in the transaction that
 * finds it, and told to the audit log from there.
 */
final class SourceGaps {

    /**
     * A gap. Times are microseconds since 1970; positions and the end are null where not known.
     *
     * @param table the table whose changes may be missing; null: any of the source
     */
    record Gap(
            UUID id,
            @Nullable TableName table,
            String cause,
            String reason,
            long foundAt,
            @Nullable Long from,
            @Nullable Long to,
            @Nullable Long fromLsn,
            @Nullable Long toLsn) {}

    private static final String UNSENT =
            """
            SELECT g.id, g.table_name, g.cause, g.reason, (extract(epoch FROM g.found_at) * 1000000)::int8,
                   (extract(epoch FROM g.from_at) * 1000000)::int8, (extract(epoch FROM g.to_at) * 1000000)::int8,
                   g.from_lsn::text, g.to_lsn::text
            FROM daybook.gap g LEFT JOIN daybook.sent_gap s ON s.gap = g.id AND s.slot = ?
            WHERE coalesce(g.slot, ?) = ? AND (s.gap IS NULL OR NOT s.closed AND g.to_at IS NOT NULL)
            ORDER BY g.found_at
            """;

    private static final String ENDS_AT_SLOT = " WHERE slot = ? AND cause IN (?, ?) AND NOT over";

    private final Connection connection;
    private final String slot;
    private boolean noted;

    SourceGaps(Connection connection, String slot) {
        this.connection = connection;
        this.slot = slot;
    }

    /**
     * Gives those that are over their end: what ended them has committed by now. Where it was the
     * whole source's, its tables are read again behind that; of a single table, its load was asked
     * for by what ended the gap, and an empty one is told to be read.
     */
    void end() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "WITH ended AS (UPDATE daybook.gap SET over = true, to_at = greatest(from_at,"
                            + " clock_timestamp()), to_lsn = coalesce(to_lsn,"
                            + " pg_current_wal_lsn()) WHERE to_at IS NULL AND (over OR ends_behind"
                            + " <= pg_snapshot_xmin(pg_current_snapshot())) RETURNING relid)"
                            + " SELECT CASE WHEN e.relid IS NULL THEN daybook.reload_all()"
                            + " ELSE daybook.reload_empty(e.relid) END"
                            + " FROM (SELECT DISTINCT relid FROM ended) AS e");
        }
    }

    /** Returns the gaps that this capture has not written yet, or not with their end. */
    List<Gap> unsent() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UNSENT)) {
            statement.setString(1, slot);
            statement.setString(2, slot);
            statement.setString(3, slot);
            try (ResultSet row = statement.executeQuery()) {
                List<Gap> gaps = new ArrayList<>();
                while (row.next()) {
                    String table = row.getString(2);
                    String fromLsn = row.getString(8);
                    String toLsn = row.getString(9);
                    gaps.add(
                            new Gap(
                                    row.getObject(1, UUID.class),
                                    table == null ? null : TableName.parse(table),
                                    row.getString(3),
                                    row.getString(4),
                                    row.getLong(5),
                                    row.getObject(6, Long.class),
                                    row.getObject(7, Long.class),
                                    fromLsn == null ? null : (Long) Lsn.parse(fromLsn),
                                    toLsn == null ? null : (Long) Lsn.parse(toLsn)));
                }
                return gaps;
            }
        }
    }

    /** Kafka has the gap. */
    void sent(Gap gap) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.sent_gap (slot, gap, closed) VALUES (?, ?, ?) ON"
                                + " CONFLICT (slot, gap) DO UPDATE SET closed = excluded.closed")) {
            statement.setString(1, slot);
            statement.setObject(2, gap.id());
            statement.setBoolean(3, gap.to() != null);
            statement.executeUpdate();
        }
    }

    /**
     * Notes a gap of the whole source that ends where the capture goes on, and has every table read
     * again.
     *
     * @param from the time up to which nothing is missing, in microseconds since 1970
     */
    void note(GapCause cause, String reason, long from, long fromLsn, long toLsn)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "WITH gap AS (INSERT INTO daybook.gap (slot, cause, reason, from_at,"
                                + " to_at, from_lsn, to_lsn, over) VALUES (?, ?, ?, ?::timestamptz,"
                                + " greatest(?::timestamptz, clock_timestamp()), ?::pg_lsn,"
                                + " ?::pg_lsn, true)) SELECT daybook.reload_all()")) {
            statement.setString(1, slot);
            statement.setString(2, cause.word());
            statement.setString(3, reason);
            statement.setString(4, WireTime.text(from));
            statement.setString(5, WireTime.text(from));
            statement.setString(6, Lsn.sql(fromLsn));
            statement.setString(7, Lsn.sql(toLsn));
            statement.execute();
        }
        noted = true;
    }

    /** Returns whether a gap of the whole source was noted, or ended, by this object. */
    boolean haveBeenNoted() {
        return noted;
    }

    /** A table's rows could not be read: of what it held, and of its past, nothing is known. */
    void loadFailed(SourceState.Load load, String why) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.gap (relid, table_name, cause, reason, from_at) SELECT"
                                + " k.relid, k.table_name, ?, ?, k.added_at FROM"
                                + " daybook.captured_table k WHERE k.relid = ? ON CONFLICT DO"
                                + " NOTHING")) {
            statement.setString(1, GapCause.LOAD_FAILED.word());
            statement.setString(2, "The rows of " + load.name() + " could not be read: " + why);
            statement.setLong(3, load.relid());
            statement.executeUpdate();
        }
    }

    /** A table's rows were read after all: its gap ends where their reading began. */
    void loadSucceeded(SourceState.Load load) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE daybook.gap SET over = true, to_at = greatest(from_at, (SELECT"
                                + " max(a.started_at) FROM daybook.load_attempt a WHERE a.slot = ?"
                                + " AND a.relid = ?)), to_lsn = pg_current_wal_lsn() WHERE relid ="
                                + " ? AND cause = ? AND NOT over")) {
            statement.setString(1, slot);
            statement.setLong(2, load.relid());
            statement.setLong(3, load.relid());
            statement.setString(4, GapCause.LOAD_FAILED.word());
            statement.executeUpdate();
        }
    }

    /**
     * Notes a gap of the whole source that ends where its slot is made, unless it is noted already.
     *
     * @param from the time up to which nothing is missing, in microseconds since 1970
     */
    void begin(GapCause cause, String reason, long from, long fromLsn) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO daybook.gap (slot, cause, reason, from_at, from_lsn) SELECT ?,"
                                + " ?, ?, ?::timestamptz, ?::pg_lsn WHERE NOT EXISTS (SELECT FROM"
                                + " daybook.gap WHERE slot = ? AND cause = ? AND NOT over)")) {
            statement.setString(1, slot);
            statement.setString(2, cause.word());
            statement.setString(3, reason);
            statement.setString(4, WireTime.text(from));
            statement.setString(5, Lsn.sql(fromLsn));
            statement.setString(6, slot);
            statement.setString(7, cause.word());
            statement.executeUpdate();
        }
    }

    /** Returns whether there are gaps that end where the slot is made. */
    boolean endAtSlot() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT EXISTS (SELECT FROM daybook.gap" + ENDS_AT_SLOT + ")")) {
            endsAtSlot(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /**
     * The slot was made: what was missed before it ends there.
     *
     * @param start the position that it begins at
     * @param at the source's clock when it was made, in microseconds since 1970; what is read again
     *     for it is read later
     */
    void slotMade(long start, long at) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "UPDATE daybook.gap SET over = true, to_lsn = ?::pg_lsn, to_at ="
                                + " greatest(from_at, ?::timestamptz)"
                                + ENDS_AT_SLOT)) {
            statement.setString(1, Lsn.sql(start));
            statement.setString(2, WireTime.text(at));
            endsAtSlot(statement, 3);
            noted |= statement.executeUpdate() > 0;
        }
    }

    /**
     * A slot that was there is read on: what was missed before ends there, and the tables are read
     * again.
     *
     * @param start the position from which on it is read
     */
    void goneOn(long start) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "WITH ended AS (UPDATE daybook.gap SET over = true, to_lsn = ?::pg_lsn,"
                                + " to_at = greatest(from_at, clock_timestamp())"
                                + ENDS_AT_SLOT
                                + " RETURNING id) SELECT daybook.reload_all() FROM ended LIMIT 1")) {
            statement.setString(1, Lsn.sql(start));
            endsAtSlot(statement, 2);
            try (ResultSet ended = statement.executeQuery()) {
                noted |= ended.next();
            }
        }
    }

    private void endsAtSlot(PreparedStatement statement, int parameter) throws SQLException {
        statement.setString(parameter, slot);
        statement.setString(parameter + 1, GapCause.SLOT_LOST.word());
        statement.setString(parameter + 2, GapCause.SOURCE_REPLACED.word());
    }
}
