package dev.daybook.bench;

import org.HdrHistogram.Histogram;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * How long a single commit takes to be readable in the audit database while nothing else happens.
 */
final class LoneEntry {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Longer than the pipeline needs, so that each commit is alone. */
    private static final int LEAST_PAUSE_MILLIS = 60;

    private static final int PAUSES_MILLIS = 80;

    private static long probes = 2_000_000_000L;

    private final Connection source;
    private final Connection audit;
    private final Random random = new Random();

    LoneEntry(Connection source, Connection audit) {
        this.source = source;
        this.audit = audit;
    }

    /** Returns microseconds from each commit until a query finds its entry. */
    Histogram run(int times) throws SQLException, InterruptedException {
        Histogram micros = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
        try (PreparedStatement insert =
                        source.prepareStatement("INSERT INTO bench.probe VALUES (?, 0)");
                PreparedStatement query =
                        audit.prepareStatement(
                                """
                                SELECT FROM audit.entry WHERE table_name = 'bench.probe'
                                  AND left(entity_key, 200) = ? AND entity_key = ?""")) {
            for (int i = 0; i < times; i++) {
                Thread.sleep(LEAST_PAUSE_MILLIS + random.nextInt(PAUSES_MILLIS));
                long id = ++probes;
                insert.setLong(1, id);
                insert.executeUpdate();
                long committed = System.nanoTime();
                query.setString(1, Long.toString(id));
                query.setString(2, Long.toString(id));
                while (!finds(query)) {
                    if (System.nanoTime() - committed > PATIENCE.toNanos()) {
                        throw new IllegalStateException(
                                "Probe " + id + " is not in the log after " + PATIENCE + ".");
                    }
                }
                micros.recordValue((System.nanoTime() - committed) / 1_000);
            }
        }
        return micros;
    }

    private static boolean finds(PreparedStatement query) throws SQLException {
        try (ResultSet row = query.executeQuery()) {
            return row.next();
        }
    }
}
