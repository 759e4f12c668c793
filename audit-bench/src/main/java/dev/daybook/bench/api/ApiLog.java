package dev.daybook.bench.api;

import dev.daybook.local.Progress;
import dev.daybook.local.postgres.DatabaseUrl;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/**
 * An audit log to ask: rows with ten entries each, in transactions of four that somebody signed,
 * over half a year, and one row that changes all the time.
 */
final class ApiLog {

    static final String SOURCE = "bench";
    static final String TABLE = "bench.items";
    static final String HOT = "hot";
    static final int HOT_ENTRIES = 20_000;
    static final int ACTORS = 1_000;

    private static final int ENTRIES_A_ROW = 10;
    private static final int ENTRIES_A_TRANSACTION = 4;
    private static final long BATCH = 500_000;

    private static final String WATERMARK =
            "INSERT INTO audit.watermark (source, changes_partition, entries_partition, changes_partitions, entries_partitions, complete_until, position) VALUES ('%s', 0, 0, 1, 1, now(), '0')"
                    .formatted(SOURCE);

    private final long entries;

    ApiLog(long entries) {
        this.entries = entries;
    }

    long rows() {
        return entries / ENTRIES_A_ROW;
    }

    long transactions() {
        return entries / ENTRIES_A_TRANSACTION;
    }

    /** Stores it straight into the audit database, as a superuser. */
    void fill(DatabaseUrl administrator, Progress progress) throws SQLException {
        try (Connection connection = administrator.connect("audit database");
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute("SET timezone = 'UTC'");
            statement.execute("SELECT audit.ensure_partitions(now() - interval '190 days', now())");
            for (long from = 0; from < entries; from += BATCH) {
                long to = Math.min(entries, from + BATCH) - 1;
                statement.execute(entries(from, to));
                statement.execute(contexts(from, to));
                progress.say(String.format(Locale.ROOT, "%,d entries stored", to + 1));
            }
            statement.execute(hotRow());
            statement.execute(WATERMARK);
            statement.execute("VACUUM ANALYZE audit.entry");
            statement.execute("VACUUM ANALYZE audit.transaction");
            statement.execute("CHECKPOINT");
        }
    }

    /** Commit times rise by an even step, so that the last is of a minute ago. */
    private String time(String transaction) {
        return "date_trunc('second', now()) - interval '1 minute' - (%d - %s) * (interval '180 days' / %d)"
                .formatted(transactions(), transaction, transactions());
    }

    private String entries(long from, long to) {
        return """
        INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation,
            transaction_id, sequence, position, before, after)
        SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '8000'
                || '8' || substr(md5(n::text), 1, 15))::uuid,
            at, '%s', '%s', (n %% %d)::text, CASE WHEN n < %d THEN 'insert' ELSE 'update' END,
            n / %d + 1, n %% %d + 1, '00000000/00000000.1.00000000/00000000',
            CASE WHEN n >= %d THEN row_at(n - %d) END, row_at(n)
        FROM generate_series(%d, %d) AS n
            CROSS JOIN LATERAL (SELECT %s AS at) AS t
        """
                .formatted(
                        SOURCE,
                        TABLE,
                        rows(),
                        rows(),
                        ENTRIES_A_TRANSACTION,
                        ENTRIES_A_TRANSACTION,
                        rows(),
                        rows(),
                        from,
                        to,
                        time("n / " + ENTRIES_A_TRANSACTION))
                .replaceAll("row_at\\(([^)]*)\\)", row("($1)"));
    }

    private String row(String n) {
        return "json_build_object('id', %1$s %% %2$d, 'customer', %1$s %% 10007, 'status', 'paid', 'total', %1$s, 'note', 'item number ' || %1$s %% %2$d)"
                .formatted(n, rows());
    }

    private String contexts(long from, long to) {
        return """
        INSERT INTO audit.transaction (source, transaction_id, committed_at, actor, reason,
            request_id, login_role)
        SELECT '%s', t + 1, %s, 'user-' || t %% %d, 'because', 'r-' || t, 'app'
        FROM generate_series(%d, %d) AS t
        """
                .formatted(
                        SOURCE,
                        time("t"),
                        ACTORS,
                        from / ENTRIES_A_TRANSACTION,
                        to / ENTRIES_A_TRANSACTION);
    }

    private static String hotRow() {
        return """
        INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation,
            transaction_id, sequence, before, after)
        SELECT gen_random_uuid(), now() - interval '1 day' + n * interval '1 second', '%s', '%s', '%s',
            'update', 1000000000 + n, 1, json_build_object('id', '%s', 'n', n - 1, 'note', 'x'),
            json_build_object('id', '%s', 'n', n, 'note', 'x')
        FROM generate_series(1, %d) AS n
        """
                .formatted(SOURCE, TABLE, HOT, HOT, HOT, HOT_ENTRIES);
    }
}
