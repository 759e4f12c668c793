package dev.daybook.connect.sink;

import dev.daybook.contract.Quote;
import dev.daybook.contract.SinkSetting;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;

/** Follows an outage of the audit database: how long to wait, and what to log once. */
final class DatabaseOutage {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseOutage.class);

    private final SinkStatistics statistics;
    private final long firstPause;
    private final long longestPause;
    private int failures;
    private @Nullable String lastState;

    DatabaseOutage(SinkConfig config, SinkStatistics statistics) {
        this.statistics = statistics;
        this.firstPause = config.getLong(SinkSetting.RETRY_BACKOFF_MS);
        this.longestPause = config.getLong(SinkSetting.RETRY_BACKOFF_MAX_MS);
    }

    /** Notes a failure; returns how many milliseconds to wait before the next attempt. */
    long failed(SQLException e) {
        failures++;
        String state = String.valueOf(e.getSQLState());
        String what =
                Quote.of(String.valueOf(e.getMessage()), 1_000)
                        + " (SQLSTATE "
                        + state
                        + ")"
                        + (SqlFault.isSetup(e)
                                ? ". Check database.url, database.user and database.password, and"
                                        + " that the migrations have been applied"
                                : "");
        statistics.databaseFailure(what);
        if (!state.equals(lastState)) {
            LOG.warn(
                    "{} is unavailable; nothing is stored, retrying at least every {} ms: {}",
                    e instanceof SegmentsUnavailableException
                            ? "The topic of segments"
                            : "The audit database",
                    longestPause,
                    what);
            lastState = state;
        }
        return Math.min(longestPause, firstPause << Math.min(failures - 1, 20));
    }

    /** Notes that the database did what it was asked. */
    void over() {
        if (failures > 0) {
            LOG.info("The audit database is available after {} failed attempts", failures);
        }
        failures = 0;
        lastState = null;
        statistics.databaseFailure("");
    }
}
