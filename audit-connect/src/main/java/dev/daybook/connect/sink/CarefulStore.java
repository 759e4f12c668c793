package dev.daybook.connect.sink;

import dev.daybook.contract.Quote;

import org.apache.kafka.common.TopicPartition;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Stores a batch that holds what cannot be stored: within one transaction it leaves out repeated
 * entries, and turns entries whose id another change has, and rows that the database rejects, into
 * rejected rows.
 */
final class CarefulStore {

    private static final int LONGEST_MESSAGE = 2_000;

    private final AuditConnection connection;
    private final Rejections rejections;
    private final String sink;

    private final List<Row> rejected = new ArrayList<>();
    private long inserted;
    private long entries;
    private int collisions;

    CarefulStore(AuditConnection connection, Rejections rejections, String sink) {
        this.connection = connection;
        this.rejections = rejections;
        this.sink = sink;
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
        return new AuditWriter.Outcome.Stored(
                entries - inserted - collisions, rejected.size(), collisions);
    }

    /** Halves the rows until those that the database rejects stand alone. */
    private void bisect(List<Row> rows) throws SQLException {
        Connection database = connection.open();
        Savepoint before = database.setSavepoint();
        try {
            insert(Portion.of(rows, Map.of()));
            database.releaseSavepoint(before);
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
            execute(Portion.of(List.of(bare), Map.of()));
        } else {
            rejected.add(rejections.of(row, "database-refused", reason));
        }
    }

    private void insert(Portion portion) throws SQLException {
        long stored = execute(portion);
        List<Row.Entry> given = portion.entries();
        if (stored < given.size()) {
            for (Row.Entry entry : DifferingEntries.among(given, connection)) {
                collisions++;
                rejected.add(
                        rejections.of(
                                entry,
                                "identity-collision",
                                "Another change is stored under the id "
                                        + entry.id()
                                        + " of this one: what numbers the changes of "
                                        + Quote.of(entry.tableName())
                                        + " gave two of them the same place. The first is the"
                                        + " entry; compare the two, and give each writer of"
                                        + " changes a source of its own."));
            }
        }
        inserted += stored;
        entries += given.size();
    }

    private long execute(Portion portion) throws SQLException {
        return portion.isEmpty()
                ? 0
                : StoreStatement.execute(
                        connection.prepared(
                                StoreStatement.sql(portion, StoreStatement.Known.LEAVE_OUT)),
                        sink,
                        portion);
    }
}
