package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    private static final Duration ARRIVAL =
            Duration.ofSeconds(Integer.getInteger("daybook.arrival", 90));

    private record Claim(Instant completeUntil, long entries) {}

    private final SourceServer source;
    private final Supplier<String> auditUrl;
    private final List<Claim> claims = new ArrayList<>();
    private final Thread sampler;
    private volatile boolean closed;
    private @Nullable String left;

    /**
     * @param auditUrl the audit database's URL, as {@code connection.json} has it
     */
    Audited(SourceServer source, Supplier<String> auditUrl) {
        this.source = source;
        this.auditUrl = auditUrl;
        this.sampler = Thread.ofVirtual().name("sampler").start(this::sample);
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
        await(last, circumstances);
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
        synchronized (claims) {
            for (Claim claim : claims) {
                long entries =
                        log.entries().stream()
                                .filter(e -> !e.committedAt().isAfter(claim.completeUntil()))
                                .count();
                if (entries != claim.entries()) {
                    differences.add(
                            "the log said that it was complete until %s with %d entries, and now has %d from that time"
                                    .formatted(claim.completeUntil(), claim.entries(), entries));
                    break;
                }
            }
        }
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
        try (Connection audit = connect()) {
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

    private void await(Instant last, Supplier<String> circumstances) throws InterruptedException {
        long deadline = System.nanoTime() + ARRIVAL.toNanos();
        @Nullable Claim claim = null;
        while (claim == null || claim.completeUntil().isBefore(last)) {
            assertThat(System.nanoTime())
                    .as(
                            "The last change, committed at %s, has not arrived in %s: %s. %s",
                            last, ARRIVAL, claim, circumstances.get())
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
            try (Connection audit = connect()) {
                claim = claim(audit);
            } catch (SQLException e) {
                // The database may still be on its way back.
            }
        }
    }

    private void sample() {
        while (!closed) {
            try (Connection audit = connect()) {
                while (!closed) {
                    Claim claim = claim(audit);
                    if (claim != null) {
                        synchronized (claims) {
                            claims.add(claim);
                        }
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
                }
            } catch (SQLException | RuntimeException e) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
            }
        }
    }

    /**
     * What the log says of its completeness, and how much it holds of that time; null if it says
     * nothing yet.
     */
    private static @Nullable Claim claim(Connection audit) throws SQLException {
        try (Statement statement = audit.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                with claim as (
                                    select min(complete_until) as complete_until
                                    from audit.watermark
                                    having count(*) = max(changes_partitions * entries_partitions))
                                select complete_until,
                                       (select count(*) from audit.entry
                                        where committed_at <= complete_until and operation <> 'table-change')
                                from claim\
                                """)) {
            return row.next() && row.getObject(1) != null
                    ? new Claim(row.getObject(1, OffsetDateTime.class).toInstant(), row.getLong(2))
                    : null;
        }
    }

    private Connection connect() throws SQLException {
        DatabaseUrl url = DatabaseUrl.parse(auditUrl.get(), Map.of());
        return DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        sampler.join();
    }
}
