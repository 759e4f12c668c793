package dev.daybook.connect.sink;

import dev.daybook.contract.Quote;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Stores a batch that holds what cannot be stored: within one transaction it leaves out repeated
 * rows, and turns rows whose id another content has, and rows that the database rejects, into
 * rejected rows.
 */
final class CarefulStore {

    private static final int LONGEST_MESSAGE = 2_000;

    private final AuditConnection connection;
    private final Rejections rejections;
    private final String sink;
    private final Places places;

    private final List<Row> stored = new ArrayList<>();
    private final List<Row> rejected = new ArrayList<>();
    private long duplicates;
    private int collisions;

    CarefulStore(AuditConnection connection, Rejections rejections, String sink, Places places) {
        this.connection = connection;
        this.rejections = rejections;
        this.sink = sink;
        this.places = places;
    }

    /** Stores what can be stored of the rows and moves the offsets, within an open transaction. */
    AuditWriter.Outcome.Stored store(List<Row> rows, Map<TopicPartition, Portion.Move> moves)
            throws SQLException {
        for (List<Row> part : Portion.split(rows)) {
            bisect(part);
        }
        for (List<Row> part : Portion.split(List.copyOf(rejected))) {
            bisect(part);
        }
        execute(Portion.of(List.of(), moves));
        return new AuditWriter.Outcome.Stored(duplicates, rejected.size(), collisions);
    }

    /** Returns the rows that were new; none where the sink does not seal. */
    List<Row> stored() {
        return stored;
    }

    /** Halves the rows until those that the database rejects stand alone. */
    private void bisect(List<Row> rows) throws SQLException {
        Connection database = connection.open();
        Savepoint before = database.setSavepoint();
        try {
            StoreStatement.Inserted inserted = insert(Portion.of(rows, Map.of()));
            database.releaseSavepoint(before);
            note(rows, inserted);
        } catch (SQLException e) {
            if (!SqlFault.isRejection(e)) {
                throw e;
            }
            database.rollback(before);
            database.releaseSavepoint(before);
            if (rows.size() > 1) {
                int half = rows.size() / 2;
                bisect(rows.subList(0, half));
                bisect(rows.subList(half, rows.size()));
            } else {
                reject(rows.get(0), e);
            }
        }
    }

    private void reject(Row row, SQLException e) throws SQLException {
        String reason =
                "The audit database rejected the row: "
                        + Quote.of(String.valueOf(e.getMessage()), LONGEST_MESSAGE)
                        + " (SQLSTATE "
                        + e.getSQLState()
                        + ")";
        if (rejected.contains(row)) {
            // The rejected row itself: its bytes are all that can be too much.
            Row.Rejected bare = rejections.withoutBytes(row.record(), "database-refused", reason);
            note(List.of(bare), execute(Portion.of(List.of(bare), Map.of())));
        } else {
            rejected.add(rejections.of(row, "database-refused", reason));
        }
    }

    /** Notes which rows were new. */
    private void note(List<Row> rows, StoreStatement.Inserted inserted) {
        Map<Long, Row> byPlace = new HashMap<>();
        for (Row row : rows) {
            Long place = SegmentMaker.isLeaf(row) ? places.placeOf(row) : null;
            if (place != null) {
                byPlace.put(place, row);
            }
        }
        for (List<@Nullable Long> kind :
                List.of(inserted.entries(), inserted.contexts(), inserted.rejected())) {
            for (Long place : kind) {
                Row row = byPlace.get(place);
                if (row != null) {
                    stored.add(row);
                }
            }
        }
    }

    private StoreStatement.Inserted insert(Portion portion) throws SQLException {
        StoreStatement.Inserted inserted = execute(portion);
        List<Row> colliding = new ArrayList<>();
        long repeated = 0;
        repeated += portion.contexts().size() - inserted.contexts().size();
        if (inserted.entries().size() < portion.entries().size()) {
            repeated += portion.entries().size() - inserted.entries().size();
            colliding.addAll(Collisions.amongEntries(portion.entries(), connection));
        }
        if (inserted.rejected().size() < portion.rejected().size()) {
            repeated += portion.rejected().size() - inserted.rejected().size();
            colliding.addAll(Collisions.amongRejected(portion.rejected(), connection));
        }
        for (Row row : colliding) {
            rejected.add(
                    rejections.of(
                            row,
                            "identity-collision",
                            row instanceof Row.Entry entry
                                    ? sameEntry(entry)
                                    : sameRejected((Row.Rejected) row)));
        }
        collisions += colliding.size();
        duplicates += repeated - colliding.size();
        return inserted;
    }

    private static String sameEntry(Row.Entry entry) {
        return "Another change is stored under the id "
                + entry.id()
                + " of this one: what numbers the changes of "
                + Quote.of(entry.tableName())
                + " gave two of them the same place. The first is the entry; compare the two, and"
                + " give each writer of changes a source of its own.";
    }

    private static String sameRejected(Row.Rejected row) {
        return "Another rejected record is stored under the id "
                + row.id()
                + " of this one, whose key and value have the checksum "
                + checksum(row)
                + ": the topic was made anew, and gave the same place to another record. The first"
                + " is kept under that id.";
    }

    /** Tells the bytes of rejected records apart, so that each has an id of its own. */
    private static String checksum(Row.Rejected row) {
        CRC32 checksum = new CRC32();
        checksum.update(
                (row.recordKey() + "." + row.recordValue()).getBytes(StandardCharsets.US_ASCII));
        return Long.toHexString(checksum.getValue());
    }

    private StoreStatement.Inserted execute(Portion portion) throws SQLException {
        return portion.isEmpty()
                ? new StoreStatement.Inserted(List.of(), List.of(), List.of())
                : StoreStatement.execute(
                        connection.prepared(
                                StoreStatement.sql(portion, StoreStatement.Known.LEAVE_OUT)),
                        sink,
                        portion,
                        places);
    }
}
