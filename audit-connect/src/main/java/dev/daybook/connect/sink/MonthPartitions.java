package dev.daybook.connect.sink;

import dev.daybook.contract.SinkSetting;
import dev.daybook.contract.WireTime;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Has the partitions made that rows need, and those that time will need. */
final class MonthPartitions {

    private static final long DAY = 86_400_000_000L;

    private static final String ENSURE =
            "SELECT audit.ensure_partitions(?::text::timestamptz, ?::text::timestamptz)";

    private final AuditConnection connection;
    private final Clock clock;
    private final int monthsAhead;
    private final Set<YearMonth> made = new HashSet<>();
    private Instant lookAheadAt = Instant.MIN;

    MonthPartitions(AuditConnection connection, SinkConfig config, Clock clock) {
        this.connection = connection;
        this.clock = clock;
        this.monthsAhead = config.getInt(SinkSetting.PARTITIONS_AHEAD_MONTHS);
    }

    /** Forgets which partitions there are: one may have been dropped. */
    void forget() {
        made.clear();
        lookAheadAt = Instant.MIN;
    }

    /** Makes the partitions that the rows need and those of the months ahead. */
    void prepare(List<Row> rows) throws SQLException {
        Instant now = clock.instant();
        if (now.isAfter(lookAheadAt)) {
            Instant ahead = now.atZone(ZoneOffset.UTC).plusMonths(monthsAhead).toInstant();
            ensure(WireTime.micros(now), WireTime.micros(ahead));
            lookAheadAt = now.plus(6, ChronoUnit.HOURS);
        }
        Set<YearMonth> missing = new TreeSet<>();
        long from = 0;
        long to = 0;
        for (Row row : rows) {
            long at;
            if (row instanceof Row.Entry entry) {
                at = entry.committedAt();
            } else if (row instanceof Row.Context context) {
                at = context.committedAt();
            } else {
                continue;
            }
            if (at < from || at >= to) {
                YearMonth month = monthOf(at);
                from = beginning(month);
                to = beginning(month.plusMonths(1));
                if (!made.contains(month)) {
                    missing.add(month);
                }
            }
        }
        for (YearMonth month : missing) {
            ensure(beginning(month), beginning(month));
            made.add(month);
        }
    }

    /** Returns the month, in UTC, whose partition holds what was committed then. */
    static YearMonth monthOf(long micros) {
        return YearMonth.from(LocalDate.ofEpochDay(Math.floorDiv(micros, DAY)));
    }

    private static long beginning(YearMonth month) {
        return month.atDay(1).toEpochDay() * DAY;
    }

    private void ensure(long from, long to) throws SQLException {
        PreparedStatement call = connection.prepared(ENSURE);
        call.setString(1, WireTime.text(from));
        call.setString(2, WireTime.text(to));
        call.executeQuery().close();
    }
}
