package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.RandomStatements.Audience;

import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * After each random statement, in its own transaction, every table is noted as it is: what is told
 * of a table stands where the command stands.
 *
 * <p>{@code -Ddaybook.test.noted=100000} runs more statements; {@code -Ddaybook.test.seed=N} begins
 * with another seed, which a failure names.
 */
class NotedAsItIsTest {

    private static final Logger LOG = LoggerFactory.getLogger(NotedAsItIsTest.class);

    /** Statements on one database. */
    private static final int ROUND = 300;

    private static final int TOLD = 30;

    /**
     * The tables that are noted as something that they are not. No event trigger fires for TRUNCATE
     * and for a type's new name, so that files and types' names are left out.
     */
    private static final String NOTED_OTHERWISE =
            """
            WITH noted AS (
                SELECT k.relid, concat_ws(' ', k.definition ->> 'schema', k.definition ->> 'name', k.definition -> 'key',
                           (SELECT jsonb_object_agg(c.key, c.value - 'type') FROM jsonb_each(k.definition -> 'columns') c))
                       AS text
                FROM daybook.captured_table k
            ), there AS (
                SELECT c.oid, concat_ws(' ', d.definition ->> 'schema', d.definition ->> 'name', d.definition -> 'key',
                           (SELECT jsonb_object_agg(c.key, c.value - 'type') FROM jsonb_each(d.definition -> 'columns') c))
                       AS text
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                CROSS JOIN LATERAL daybook.describe(c.oid) d
                WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
                  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
            )
            SELECT coalesce(noted.text, 'nothing') || ' is ' || coalesce(there.text, 'nothing')
            FROM noted FULL JOIN there ON there.oid = noted.relid
            WHERE noted.text IS DISTINCT FROM there.text
            ORDER BY 1
            """;

    @Test
    void everyTableIsNotedAsItIsAfterEachStatement() throws Exception {
        int statements = Integer.getInteger("daybook.test.noted", 600);
        long seed = Long.getLong("daybook.test.seed", 25);
        List<String> differences = new ArrayList<>();
        for (int round = 0; round * ROUND < statements; round++) {
            round(seed + round, Math.min(ROUND, statements - round * ROUND), differences);
        }
        LOG.info("{} statements from seed {}", statements, seed);
        assertThat(differences).isEmpty();
    }

    private static void round(long seed, int statements, List<String> differences)
            throws SQLException {
        Deque<String> told = new ArrayDeque<>();
        try (SourceDatabase database = SourceDatabase.prepared("*.*", "");
                Connection session = database.connect();
                Connection observer = database.connect()) {
            RandomStatements source =
                    new RandomStatements(
                            seed,
                            1,
                            Integer.parseInt(database.query("SHOW server_version_num").get(0)));
            for (int number = 0; number < statements; number++) {
                source.look(observer);
                RandomStatements.Step step = source.next();
                if (step.audience() != Audience.BOTH || !isFollowedAtOnce(step.sql())) {
                    continue;
                }
                String answer = run(session, step.sql());
                told.add(answer + ": " + step.sql());
                if (told.size() > TOLD) {
                    told.remove();
                }
                List<String> otherwise = notedOtherwise(session);
                if (!otherwise.isEmpty()) {
                    differences.add(
                            "seed %d, statement %d: %s%n  %s"
                                    .formatted(seed, number, otherwise, String.join("\n  ", told)));
                    return;
                }
            }
        }
    }

    /** What the connector follows: see {@code daybook.follow} and {@code daybook.after_ddl}. */
    private static boolean isFollowedAtOnce(String sql) {
        return !sql.contains("ISOLATION LEVEL")
                && !sql.contains("READ ONLY")
                && !sql.contains("default_transaction_isolation")
                && !sql.contains("SET ROLE")
                && !sql.contains("event_triggers")
                && !sql.contains("PREPARE");
    }

    /** Runs a statement; in a transaction, its failure takes back that statement alone. */
    private static String run(Connection session, String sql) throws SQLException {
        boolean protect =
                session.unwrap(BaseConnection.class).getTransactionState() == TransactionState.OPEN
                        && !sql.startsWith("COMMIT")
                        && !sql.startsWith("ROLLBACK")
                        && !sql.startsWith("SAVEPOINT");
        try (Statement statement = session.createStatement()) {
            if (protect) {
                statement.execute("SAVEPOINT before");
            }
            try {
                statement.execute(sql);
                return "done";
            } catch (SQLException e) {
                if (protect) {
                    statement.execute("ROLLBACK TO before");
                }
                return String.valueOf(e.getSQLState());
            }
        }
    }

    private static List<String> notedOtherwise(Connection session) throws SQLException {
        List<String> found = new ArrayList<>();
        if (session.unwrap(BaseConnection.class).getTransactionState() == TransactionState.FAILED) {
            return found;
        }
        try (Statement statement = session.createStatement();
                ResultSet rows = statement.executeQuery(NOTED_OTHERWISE)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }
}
