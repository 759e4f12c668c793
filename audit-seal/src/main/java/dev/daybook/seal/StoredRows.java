package dev.daybook.seal;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.RejectedRow;
import dev.daybook.evidence.Salts;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Reads the rows of the sealed tables in the order of their places; the server sorts them, on disk
 * if need be.
 */
final class StoredRows implements AutoCloseable {

    private static final int FETCH = 2_000;

    private static final List<String> QUERIES =
            List.of(
                    """
                    SELECT place, seed, id, source, table_name, operation, committed_at, position, transaction_id, sequence,
                      unknown_columns, entity_key, old_entity_key, actor, before::text, after::text, source_committed_at
                    FROM audit.entry""",
                    """
                    SELECT place, seed, source, transaction_id, committed_at, actor, reason, request_id, attributes::text,
                      login_role
                    FROM audit.transaction""",
                    """
                    SELECT place, seed, id, rejected_at, source, stage, code, topic, partition, record_offset, table_name,
                      reason, record_key, record_value, record_time, record_headers::text
                    FROM audit.rejected""");

    /**
     * A row, and the hash of its leaf as it stands in the database.
     *
     * @param table the table that an entry is of; empty for another row, and for one that cannot be
     *     read
     * @param committedAt the commit time of an entry
     */
    record Stored(
            long place, String where, Hash hash, String source, String table, long committedAt) {}

    /** The time of a row of each table, and what names it among those of that time. */
    private static final List<String> ORDERS =
            List.of("committed_at, id", "committed_at, source, transaction_id", "rejected_at, id");

    private final Cursor[] cursors;
    private final LeafHasher hasher = new LeafHasher();

    /**
     * @param from the first offset of each stream that is not read whole
     */
    StoredRows(Connection database, Map<Long, Long> from) throws SQLException {
        cursors = new Cursor[QUERIES.size()];
        StringBuilder wanted = new StringBuilder(" WHERE place IS NOT NULL");
        from.forEach(
                (stream, offset) ->
                        wanted.append(" AND NOT (place >= ")
                                .append(Place.of(stream, 0))
                                .append(" AND place < ")
                                .append(Place.of(stream, offset))
                                .append(')'));
        wanted.append(" ORDER BY place");
        for (int i = 0; i < cursors.length; i++) {
            cursors[i] = new Cursor(database, i, QUERIES.get(i) + wanted);
        }
    }

    private StoredRows(Cursor cursor) {
        cursors = new Cursor[] {cursor};
    }

    /**
     * Reads the rows of a table that have no place, in the order of their times.
     *
     * @param table 0 for entries, 1 for transactions, 2 for rejected records
     * @param since from which time on, in microseconds since 1970; null: all
     */
    static StoredRows withoutPlace(Connection database, int table, @Nullable Long since)
            throws SQLException {
        String order = ORDERS.get(table);
        String from =
                since == null
                        ? ""
                        : " AND "
                                + order.substring(0, order.indexOf(','))
                                + " >= '"
                                + LogTime.instant(since)
                                + "'::timestamptz";
        return new StoredRows(
                new Cursor(
                        database,
                        table,
                        QUERIES.get(table) + " WHERE place IS NULL" + from + " ORDER BY " + order));
    }

    /** Passes over the next row without a place. */
    void skip() throws SQLException {
        cursors[0].advance();
    }

    /**
     * A row without a place.
     *
     * @param at its time, in microseconds since 1970
     * @param name what names it among those of that time
     */
    record Unplaced(long at, String name) {}

    /** Returns the next row without a place; null if there is none. */
    @Nullable Unplaced next() throws SQLException {
        Cursor cursor = cursors[0];
        if (cursor.place == Long.MAX_VALUE) {
            return null;
        }
        ResultSet row = cursor.rows;
        return switch (cursor.table) {
            case 0 -> new Unplaced(micros(row, 7), text(row, 3));
            case 1 -> new Unplaced(micros(row, 5), text(row, 3) + " " + row.getLong(4));
            default -> new Unplaced(micros(row, 4), text(row, 3));
        };
    }

    /** Takes the next row without a place, and hashes it as if it had that one and that seed. */
    Stored takeAt(long place, byte[] seed, PersonalColumns personal) throws SQLException {
        Cursor cursor = cursors[0];
        Stored row = read(cursor.table, cursor.rows, place, seed, personal);
        cursor.advance();
        return row;
    }

    /** Returns the place of the next row; the greatest number if there is none. */
    long nextPlace() {
        long least = Long.MAX_VALUE;
        for (Cursor cursor : cursors) {
            least = Math.min(least, cursor.place);
        }
        return least;
    }

    /** Takes the next row. */
    Stored take(PersonalColumns personal) throws SQLException {
        long place = nextPlace();
        for (Cursor cursor : cursors) {
            if (cursor.place == place) {
                Stored row = read(cursor, personal);
                cursor.advance();
                return row;
            }
        }
        throw new IllegalStateException("There is no row.");
    }

    private Stored read(Cursor cursor, PersonalColumns personal) throws SQLException {
        return read(cursor.table, cursor.rows, cursor.place, cursor.rows.getBytes(2), personal);
    }

    private Stored read(
            int kind, ResultSet row, long place, byte @Nullable [] seed, PersonalColumns personal)
            throws SQLException {
        // A row without a seed gives another hash than it was sealed with, as it must.
        Salts salts = Salts.ofSeed(seed == null ? new byte[0] : seed);
        String where = "?";
        String source = "";
        String tableName = "";
        long committedAt = 0;
        Hash hash;
        try {
            switch (kind) {
                case 0 -> {
                    String table = text(row, 5);
                    committedAt = micros(row, 7);
                    where =
                            "entry "
                                    + row.getString(3)
                                    + " of "
                                    + table
                                    + ", key "
                                    + row.getString(12);
                    hash =
                            hasher.entry(
                                    new EntryRow(
                                            place,
                                            (UUID) row.getObject(3),
                                            text(row, 4),
                                            table,
                                            text(row, 6),
                                            committedAt,
                                            microsOrNull(row, 17),
                                            row.getString(8),
                                            number(row, 9),
                                            row.getLong(10),
                                            texts(row.getArray(11)),
                                            row.getString(12),
                                            row.getString(13),
                                            row.getString(14),
                                            slice(row.getString(15)),
                                            slice(row.getString(16))),
                                    salts,
                                    personal.of(table));
                    source = text(row, 4);
                    tableName = table;
                }
                case 1 -> {
                    where = "transaction " + row.getString(4) + " of " + row.getString(3);
                    hash =
                            hasher.transaction(
                                    new TransactionRow(
                                            place,
                                            text(row, 3),
                                            row.getLong(4),
                                            micros(row, 5),
                                            row.getString(6),
                                            row.getString(7),
                                            row.getString(8),
                                            slice(row.getString(9)),
                                            row.getString(10)),
                                    salts);
                }
                default -> {
                    where = "rejected record " + row.getString(3);
                    hash =
                            hasher.rejected(
                                    new RejectedRow(
                                            place,
                                            (UUID) row.getObject(3),
                                            micros(row, 4),
                                            row.getString(5),
                                            text(row, 6),
                                            text(row, 7),
                                            row.getString(8),
                                            number(row, 9),
                                            number(row, 10),
                                            row.getString(11),
                                            microsOrNull(row, 15),
                                            text(row, 12),
                                            row.getBytes(13),
                                            row.getBytes(14),
                                            slice(row.getString(16))),
                                    salts);
                }
            }
        } catch (InvalidEvidenceException | ArithmeticException e) {
            // What cannot be hashed is not what was sealed.
            hash = Hash.OF_NOTHING;
        }
        return new Stored(place, where, hash, source, tableName, committedAt);
    }

    private static String text(ResultSet row, int column) throws SQLException {
        String text = row.getString(column);
        return text == null ? "" : text;
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? null : (Long) number;
    }

    private static @Nullable Slice slice(@Nullable String json) {
        return json == null ? null : new Slice(json.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable List<String> texts(@Nullable Array array) throws SQLException {
        if (array == null) {
            return null;
        }
        String[] texts = (String[]) array.getArray();
        for (String text : texts) {
            if (text == null) {
                throw new InvalidEvidenceException("A name is missing.");
            }
        }
        return List.of(texts);
    }

    private static @Nullable Long microsOrNull(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : (Long) LogTime.micros(time.toInstant());
    }

    private static long micros(ResultSet row, int column) throws SQLException {
        return LogTime.micros(row.getObject(column, OffsetDateTime.class).toInstant());
    }

    @Override
    public void close() throws SQLException {
        for (Cursor cursor : cursors) {
            cursor.statement.close();
        }
    }

    /** Goes through one table. */
    private static final class Cursor {

        private final int table;
        private final Statement statement;
        private final ResultSet rows;
        private long place;

        Cursor(Connection database, int table, String query) throws SQLException {
            this.table = table;
            this.statement = database.createStatement();
            statement.setFetchSize(FETCH);
            this.rows = statement.executeQuery(query);
            advance();
        }

        void advance() throws SQLException {
            place = rows.next() ? rows.getLong(1) : Long.MAX_VALUE;
        }
    }

    /** Returns in words where a row came from. */
    static String origin(long place) {
        return "stream " + Place.stream(place) + ", offset " + Place.offset(place);
    }
}
