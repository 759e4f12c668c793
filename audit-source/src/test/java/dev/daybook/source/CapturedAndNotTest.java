package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.RandomStatements.Audience;
import dev.daybook.source.RandomStatements.Step;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Random statements succeed, fail and block on a captured database as they do on one that is not.
 *
 * <p>{@code -Ddaybook.test.statements=100000} runs more of them. {@code -Ddaybook.test.seed=N} runs
 * a round again: the failure names it.
 */
class CapturedAndNotTest {

    private static final Logger LOG = LoggerFactory.getLogger(CapturedAndNotTest.class);

    private static final int SESSIONS = 3;

    /** Statements on one pair of databases. */
    private static final int ROUND = 500;

    private static final int TOLD = Integer.getInteger("daybook.test.told", 40);

    /**
     * One statement runs at a time, so that one that waits for a lock waits for good: it ends with
     * SQLSTATE 55P03.
     */
    private static final String SESSION =
            "SET lock_timeout = '25ms'; SET client_min_messages = warning";

    private static final String WITHOUT_CAPTURE =
            """
            CREATE SCHEMA daybook;
            GRANT USAGE ON SCHEMA daybook TO PUBLIC;
            CREATE FUNCTION daybook.set_context(actor text, reason text) RETURNS void LANGUAGE sql AS '';
            """;

    private static final String ROLE =
            """
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hinder_app') THEN CREATE ROLE hinder_app; END IF;
            END $$
            """;

    private static final String SERVER_GONE = "server gone";

    private static final String LOOK = "SELECT pg_relation_size('pg_catalog.pg_event_trigger')";

    private static final String IDENTITIES =
            """
            SELECT concat_ws(' ', c.oid::regclass, c.relreplident, i.indexrelid::regclass,
                   (SELECT string_agg(p.pubname, ' ') FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                    WHERE r.prrelid = c.oid))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND (i.indisprimary OR i.indisreplident)
            WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'app', 'app2')
            ORDER BY 1
            """;

    private static final String LOCKS =
            """
            SELECT concat_ws(' ', c.relname, l.mode)
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relkind IN ('r', 'p')
              AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'daybook') AND l.pid IS DISTINCT FROM pg_backend_pid()
            ORDER BY 1
            """;

    private final List<String> differences = new ArrayList<>();
    private final Map<String, Integer> answers = new TreeMap<>();
    private long plainNanos;
    private long capturedNanos;

    @Test
    void statementsSucceedFailAndBlockAlike() throws Exception {
        int statements = Integer.getInteger("daybook.test.statements", 1_000);
        long seed = Long.getLong("daybook.test.seed", 3);
        for (int round = 0; round * ROUND < statements; round++) {
            round(seed + round, Math.min(ROUND, statements - round * ROUND));
        }
        LOG.info(
                "{} statements from seed {}; DDL took {} as long. Answers: {}",
                statements,
                seed,
                String.format(Locale.ROOT, "%.2f times", (double) capturedNanos / plainNanos),
                answers);
        assertThat(differences).isEmpty();
    }

    private void round(long seed, int statements) throws SQLException {
        Deque<String> told = new ArrayDeque<>();
        try (SourceDatabase plain = SourceDatabase.bare();
                SourceDatabase captured = SourceDatabase.prepared("*.*", "public.t4");
                Sessions onPlain = new Sessions(plain);
                Sessions onCaptured = new Sessions(captured)) {
            plain.run(ROLE, WITHOUT_CAPTURE);
            RandomStatements source =
                    new RandomStatements(
                            seed,
                            SESSIONS,
                            Integer.parseInt(plain.query("SHOW server_version_num").get(0)));
            for (int number = 0; number < statements; number++) {
                source.look(onPlain.observer);
                Step step = source.next();
                told.add(step.session() + ": " + step.sql());
                if (told.size() > TOLD) {
                    told.remove();
                }
                if (step.audience() == Audience.CAPTURED_ALONE) {
                    byHand(onCaptured, step.sql());
                    continue;
                }
                boolean untold = step.sql().contains("event_triggers");
                if (untold && onPlain.isOpen(step.session())) {
                    // What a transaction changes without event triggers, nobody sees before its
                    // end.
                    continue;
                }
                String expected = onPlain.run(step);
                if (expected.equals(SERVER_GONE)) {
                    LOG.info(
                            "Judged: seed {}, statement {}: PostgreSQL itself went down, without capture: {}",
                            seed,
                            number,
                            step.sql());
                    onPlain.waitForServer();
                    return;
                }
                String actual = onCaptured.run(step);
                if (!actual.equals(expected) && isRefused(step.sql(), expected)) {
                    expected = onPlain.runAfterALook(step);
                }
                answers.merge(expected.replaceAll(" .*", ""), 1, Integer::sum);
                if (isDdl(step.sql()) && expected.startsWith("done") && actual.equals(expected)) {
                    plainNanos += onPlain.nanos;
                    capturedNanos += onCaptured.nanos;
                }
                if (!actual.equals(expected)
                        && (isRefusedAnyway(expected, actual)
                                || isGuardOfTheIdentity(onPlain.message)
                                || isRefusedForItsFullIdentity(expected, onPlain.message, actual)
                                || actual.equals("40001") && onPlain.isDoomed(step)
                                || waitsForItsIdentity(actual, onCaptured.message)
                                || isBlocked(actual) && areReadLocksAlone(onPlain, onCaptured))) {
                    LOG.info(
                            "Judged: seed {}, statement {}: {} without capture, {} with it ({}): {}",
                            seed,
                            number,
                            expected,
                            actual,
                            onCaptured.message.lines().reduce((one, other) -> other).orElse(""),
                            String.join("; ", told));
                    return;
                }
                if (!actual.equals(expected)) {
                    String difference =
                            String.format(
                                    "seed %d, statement %d: without capture %s (%s), with it %s (%s):%n"
                                            + "  %s%n  locks: %s%n  with capture: %s%n"
                                            + "  identities: %s%n  with capture: %s",
                                    seed,
                                    number,
                                    expected,
                                    onPlain.message,
                                    actual,
                                    onCaptured.message,
                                    String.join("\n  ", told),
                                    onPlain.query(LOCKS),
                                    onCaptured.query(LOCKS),
                                    onPlain.query(IDENTITIES),
                                    onCaptured.query(IDENTITIES));
                    LOG.error("{}", difference);
                    differences.add(difference);
                    return;
                }
                if (untold || isHalfDone(step.sql(), expected) || number % 50 == 0) {
                    onCaptured.align();
                }
            }
        }
    }

    /** Runs what an administrator does to the capture, where no session's lock is in its way. */
    private static void byHand(Sessions captured, String sql) throws SQLException {
        try (Statement statement = captured.observer.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            LOG.debug("Not possible now: {}", sql, e);
        }
        captured.align();
    }

    /**
     * Whether the statement cannot succeed without a capture either, for a reason that is not the
     * same with one: their publication refuses it, where a full identity that the capture gave
     * changes why; a row has no partition, and to see that, PostgreSQL reads bounds again whose
     * table somebody holds; or PostgreSQL looks into a cache that is behind what others have
     * committed, and ends in an internal error.
     */
    private static boolean isRefusedAnyway(String expected, String actual) {
        return expected.equals("55000")
                || expected.equals("42501") && actual.equals("42P01")
                || expected.equals("23514") && isBlocked(actual)
                || expected.equals("XX000") && !actual.startsWith("done") && !isBlocked(actual);
    }

    /**
     * Their publication refuses the change for a full identity, which the capture has taken for
     * just that from a table of its patterns.
     */
    private static boolean isRefusedForItsFullIdentity(
            String expected, String refusal, String actual) {
        return expected.equals("42P10")
                && refusal.matches("(?s).*cannot (update|delete from) table.*")
                && actual.startsWith("done");
    }

    /**
     * A transaction that is open has made another publication, and taken the full identity of the
     * patterns from a table that it does not hold, for its updates would be refused otherwise: DDL
     * on the table waits until that transaction ends, for its row of the catalog.
     */
    private static boolean waitsForItsIdentity(String answer, String message) {
        return isBlocked(answer)
                && message.matches(
                        "(?s).*while (updating|locking|deleting) tuple .* in relation \"pg_class\".*");
    }

    /** PostgreSQL guards an index that is the identity; a full identity has taken its place. */
    private static boolean isGuardOfTheIdentity(String refusal) {
        return refusal.contains("is in index used as replica identity");
    }

    /**
     * Whether all that somebody holds on the captured database and not on the other are locks that
     * PostgreSQL takes on a partition's table to read its bounds, unless it has them in its cache:
     * what alters a table's publication has each session read them again, as what alters the table
     * has. A table that is locked altogether on both counts as the same.
     */
    private static boolean areReadLocksAlone(Sessions plain, Sessions captured)
            throws SQLException {
        List<String> there = plain.query(LOCKS);
        List<String> more = new ArrayList<>(captured.query(LOCKS));
        more.removeAll(there);
        more.removeIf(
                lock ->
                        lock.endsWith(" SIReadLock")
                                || there.contains(
                                        lock.substring(0, lock.lastIndexOf(' '))
                                                + " AccessExclusiveLock"));
        return !more.isEmpty() && more.stream().allMatch(lock -> lock.endsWith(" AccessShareLock"));
    }

    private static boolean isBlocked(String answer) {
        return answer.equals("55P03");
    }

    /** Whether an answer is an error that left nothing behind. */
    private static boolean isRefused(String sql, String answer) {
        return !answer.startsWith("done") && !isBlocked(answer) && !isHalfDone(sql, answer);
    }

    /** What gave up waiting has committed the beginning of its work. */
    private static boolean isHalfDone(String sql, String answer) {
        return sql.startsWith("DROP INDEX CONCURRENTLY") && !answer.startsWith("done");
    }

    private static boolean isDdl(String sql) {
        return sql.startsWith("CREATE") || sql.startsWith("ALTER") || sql.startsWith("DROP");
    }

    /** The sessions of one database, and one that looks on. */
    private final class Sessions implements AutoCloseable {

        private final SourceDatabase source;
        private final String database;
        private final List<Connection> connections = new ArrayList<>();
        private final Connection observer;
        private long nanos;
        private String message = "";

        Sessions(SourceDatabase source) throws SQLException {
            this.source = source;
            database = source.name;
            for (int i = 0; i < SESSIONS; i++) {
                connections.add(open(source));
            }
            observer = open(source);
        }

        private static Connection open(SourceDatabase database) throws SQLException {
            Connection connection = database.connect();
            try (Statement statement = connection.createStatement()) {
                statement.execute(SESSION);
            }
            return connection;
        }

        boolean isOpen(int session) throws SQLException {
            return connections.get(session).unwrap(BaseConnection.class).getTransactionState()
                    != TransactionState.IDLE;
        }

        /** Runs a statement; in a transaction, its failure takes back that statement alone. */
        String run(Step step) throws SQLException {
            Connection connection = connections.get(step.session());
            TransactionState state = connection.unwrap(BaseConnection.class).getTransactionState();
            boolean protect = state == TransactionState.OPEN && !endsTransaction(step.sql());
            message = "";
            try (Statement statement = connection.createStatement()) {
                if (protect) {
                    statement.execute("SAVEPOINT before");
                }
                long began = System.nanoTime();
                try {
                    boolean rows = statement.execute(step.sql().replace("%s", database));
                    nanos = System.nanoTime() - began;
                    return "done"
                            + (rows ? "" : " " + statement.getUpdateCount())
                            + states(statement.getWarnings());
                } catch (SQLException e) {
                    message = String.valueOf(e.getMessage());
                    if (connection.isClosed()) {
                        return SERVER_GONE;
                    }
                    if (protect) {
                        statement.execute("ROLLBACK TO before");
                    }
                    return String.valueOf(e.getSQLState());
                }
            }
        }

        /**
         * Runs a statement once more, now that the session has looked what others have committed:
         * PostgreSQL looks by itself when it locks what it has not locked yet, and until then finds
         * what is gone and does not find what is new. On a captured database it has looked.
         */
        String runAfterALook(Step step) throws SQLException {
            run(new Step(step.session(), LOOK, Audience.BOTH));
            return run(step);
        }

        /** Waits until a server that went down has recovered, a minute at most. */
        void waitForServer() throws SQLException {
            for (int attempt = 1; ; attempt++) {
                try (Connection again = source.connect()) {
                    LOG.debug("There again: {}", again);
                    return;
                } catch (SQLException e) {
                    if (attempt == 600) {
                        throw e;
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                }
            }
        }

        /**
         * Whether a SERIALIZABLE transaction can only be refused: it learns so from its next write,
         * such as that of a context, which a database without capture does not have.
         */
        boolean isDoomed(Step step) throws SQLException {
            return step.sql().contains("daybook.set_context")
                    && isOpen(step.session())
                    && run(new Step(step.session(), "COMMIT", Audience.BOTH)).equals("40001");
        }

        private static boolean endsTransaction(String sql) {
            return sql.startsWith("COMMIT")
                    || sql.startsWith("ROLLBACK")
                    || sql.startsWith("PREPARE")
                    || sql.startsWith("SAVEPOINT");
        }

        /** The warnings' SQLSTATEs: an application that logs or counts them sees no other ones. */
        private static String states(@Nullable SQLWarning first) {
            StringBuilder states = new StringBuilder();
            for (SQLWarning w = first; w != null; w = w.getNextWarning()) {
                states.append(" warning ").append(w.getSQLState());
            }
            return states.toString();
        }

        List<String> query(String sql) throws SQLException {
            List<String> lines = new ArrayList<>();
            try (Statement statement = observer.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    lines.add(rows.getString(1));
                }
            }
            return lines;
        }

        /** Does what the connector does every few seconds. */
        void align() throws SQLException {
            try (Statement statement = observer.createStatement()) {
                statement.execute("SELECT * FROM daybook.align()");
            }
        }

        @Override
        public void close() throws SQLException {
            try (Statement statement = observer.createStatement()) {
                statement.execute("ROLLBACK PREPARED '" + database + "'");
            } catch (SQLException e) {
                LOG.debug("Nothing is prepared.", e);
            }
            for (Connection connection : connections) {
                connection.close();
            }
            observer.close();
        }
    }
}
