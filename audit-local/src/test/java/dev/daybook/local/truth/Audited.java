package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A source and the audit database that its changes end in: waits until everything has arrived, and
 * compares.
 *
 * <p>On the way it remembers what the log said of its own completeness, and at the end holds it to
 * that: what is complete does not grow any more.
 */
final class Audited implements AutoCloseable {

    private final SourceServer source;
    private final Claims claims;
    private @Nullable String left;

    /**
     * @param auditUrl the audit database's URL, as {@code connection.json} has it
     */
    Audited(SourceServer source, Supplier<String> auditUrl) {
        this.source = source;
        this.claims = new Claims(auditUrl);
    }

    /** Leaves the entries of a table out of the comparison with the truth. */
    void leave(String table) {
        left = table;
    }

    /**
     * Waits until everything that was committed by now has arrived, then compares.
     *
     * @return how many entries there are
     */
    int compare(long seed, Supplier<String> circumstances) throws Exception {
        Instant last = mark();
        claims.await(last, circumstances);
        Truth truth;
        try (Connection connection = source.connect()) {
            truth = Oracle.read(connection);
        }
        AuditLog log = read();
        List<String> differences = new ArrayList<>(differences(truth, log));
        if (!differences.isEmpty()) {
            // Whether it was lost or only late matters to who looks for the cause.
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(5));
            int later = differences(truth, read()).size();
            if (later != differences.size()) {
                differences.addFirst("(five seconds later there were " + later + ")");
            }
        }
        differences.addAll(claims.broken(log));
        assertThat(differences)
                .as(() -> Comparison.report(seed, differences) + "\n" + circumstances.get())
                .isEmpty();
        return log.entries().size();
    }

    private List<String> differences(Truth truth, AuditLog log) {
        return Comparison.differences(
                truth,
                new AuditLog(
                        log.entries().stream()
                                .filter(entry -> !entry.table().equals(left))
                                .toList(),
                        log.contexts(),
                        log.rejected()));
    }

    private AuditLog read() throws SQLException {
        try (Connection audit = claims.connect()) {
            return AuditLog.read(audit);
        }
    }

    /** The last change of all; when it was committed. */
    private Instant mark() throws SQLException {
        try (Connection connection = source.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "insert into app.marker select coalesce(max(id), 0) + 1 from app.marker");
            try (ResultSet row =
                    statement.executeQuery(
                            "select pg_xact_commit_timestamp(xmin) from app.marker order by id desc"
                                    + " limit 1")) {
                row.next();
                return row.getObject(1, OffsetDateTime.class).toInstant();
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        claims.close();
    }
}
