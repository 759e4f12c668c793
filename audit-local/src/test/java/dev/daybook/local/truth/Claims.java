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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a log says of its own completeness while it grows, to hold it to that in the end: what is
 * complete does not grow any more.
 */
final class Claims implements AutoCloseable {

    private static final Duration ARRIVAL =
            Duration.ofSeconds(Integer.getInteger("daybook.arrival", 90));

    /**
     * What the log said once.
     *
     * @param entries how many it had of the time that it called complete
     * @param gaps those that it knew
     */
    record Claim(Instant completeUntil, long entries, Set<UUID> gaps) {}

    private final Supplier<String> auditUrl;
    private final List<Claim> claims = new ArrayList<>();
    private final Thread sampler;
    private volatile boolean closed;

    /**
     * @param auditUrl the audit database's URL, as {@code connection.json} has it
     */
    Claims(Supplier<String> auditUrl) {
        this.auditUrl = auditUrl;
        this.sampler = Thread.ofVirtual().name("sampler").start(this::sample);
    }

    /** Returns those that were noticed until now, in order. */
    List<Claim> made() {
        synchronized (claims) {
            return List.copyOf(claims);
        }
    }

    /** Returns the first that the log has broken; nothing if it has kept all. */
    List<String> broken(AuditLog log) {
        for (Claim claim : made()) {
            long entries =
                    log.entries().stream()
                            .filter(e -> !e.committedAt().isAfter(claim.completeUntil()))
                            .count();
            if (entries != claim.entries()) {
                return List.of(
                        "the log said that it was complete until %s with %d entries, and now has %d from that time"
                                .formatted(claim.completeUntil(), claim.entries(), entries));
            }
        }
        return List.of();
    }

    /** Waits until the log says that it has everything up to a moment. */
    void await(Instant last, Supplier<String> circumstances) throws InterruptedException {
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
                                        where committed_at <= complete_until and operation <> 'table-change'),
                                       array(select distinct id from audit.gap)
                                from claim\
                                """)) {
            return row.next() && row.getObject(1) != null
                    ? new Claim(
                            row.getObject(1, OffsetDateTime.class).toInstant(),
                            row.getLong(2),
                            Arrays.stream((UUID[]) row.getArray(3).getArray())
                                    .collect(Collectors.toUnmodifiableSet()))
                    : null;
        }
    }

    /** Connects to the log. */
    Connection connect() throws SQLException {
        DatabaseUrl url = DatabaseUrl.parse(auditUrl.get(), Map.of());
        return DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        sampler.join();
    }
}
