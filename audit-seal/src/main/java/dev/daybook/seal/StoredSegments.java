package dev.daybook.seal;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/** Goes through the segments that the database has, by stream, first offset and part. */
final class StoredSegments implements AutoCloseable {

    private static final int FETCH = 2_000;

    private static final Comparator<AuditTables.Key> ORDER =
            Comparator.comparingLong(AuditTables.Key::stream)
                    .thenComparingLong(AuditTables.Key::first)
                    .thenComparingLong(AuditTables.Key::part);

    private final Statement statement;
    private final ResultSet rows;
    private AuditTables.@Nullable Key key;
    private AuditTables.@Nullable Key last;
    private byte[] lastContent = {};

    StoredSegments(Connection database) throws SQLException {
        statement = database.createStatement();
        statement.setFetchSize(FETCH);
        rows =
                statement.executeQuery(
                        "SELECT stream, first_offset, part, content FROM audit.segment"
                                + " ORDER BY stream, first_offset, part");
        advance();
    }

    private void advance() throws SQLException {
        key =
                rows.next()
                        ? new AuditTables.Key(rows.getLong(1), rows.getLong(2), rows.getLong(3))
                        : null;
    }

    /** Returns which segment is next; null behind the last. */
    AuditTables.@Nullable Key key() {
        return key;
    }

    /** Returns whether the next stands before a segment. */
    boolean isBefore(AuditTables.Key wanted) {
        return key != null && ORDER.compare(key, wanted) < 0;
    }

    /**
     * Returns the content of a segment, and takes it if it is the next; null if there is none. The
     * last one that was taken may be asked for again.
     */
    byte @Nullable [] at(AuditTables.Key wanted, Consumer<byte[]> taken) throws SQLException {
        if (wanted.equals(key)) {
            take(taken);
        }
        return wanted.equals(last) ? lastContent : null;
    }

    /** Takes the next, and gives its content away; returns which it is. */
    AuditTables.Key take(Consumer<byte[]> taken) throws SQLException {
        AuditTables.Key now = key;
        if (now == null) {
            throw new NoSuchElementException();
        }
        last = now;
        lastContent = rows.getBytes(4);
        taken.accept(lastContent);
        advance();
        return now;
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
