package dev.daybook.seal;

import dev.daybook.evidence.LogLeaf;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks the audit database for what the sealer compares and records. */
final class AuditTables {

    /** The tables whose rows are sealed. */
    static final List<String> SEALED =
            List.of("audit.entry", "audit.transaction", "audit.rejected");

    private static final String COVERAGE = read();

    private AuditTables() {}

    /** Names a segment's row. */
    record Key(long stream, long first, long part) {}

    /**
     * Has the session find PostgreSQL's own functions only: whoever owns the roles could give them
     * others to find first.
     */
    static void useOwnNamesOnly(Connection database) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute("SET search_path = pg_catalog");
        }
    }

    /** Returns the contents of those segments that are stored. */
    static Map<Key, byte[]> stored(Connection database, List<Key> keys) throws SQLException {
        Map<Key, byte[]> stored = new HashMap<>();
        try (PreparedStatement query =
                database.prepareStatement(
                        """
                        SELECT stream, first_offset, part, content
                        FROM unnest(?::bigint[], ?::bigint[], ?::bigint[]) AS wanted (of_stream, of_first, of_part)
                        JOIN audit.segment ON stream = of_stream AND first_offset = of_first AND part = of_part""")) {
            query.setArray(1, longs(database, keys.stream().map(Key::stream).toArray(Long[]::new)));
            query.setArray(2, longs(database, keys.stream().map(Key::first).toArray(Long[]::new)));
            query.setArray(3, longs(database, keys.stream().map(Key::part).toArray(Long[]::new)));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    stored.put(
                            new Key(rows.getLong(1), rows.getLong(2), rows.getLong(3)),
                            rows.getBytes(4));
                }
            }
        }
        return stored;
    }

    private static Array longs(Connection database, Long[] values) throws SQLException {
        return database.createArrayOf("int8", values);
    }

    /** Counts the rows that are in no segment. */
    static List<LogLeaf.Earlier> unplaced(Connection database) throws SQLException {
        List<LogLeaf.Earlier> counts = new ArrayList<>();
        try (Statement statement = database.createStatement()) {
            for (String table : SEALED) {
                try (ResultSet count =
                        statement.executeQuery(
                                "SELECT count(*) FROM " + table + " WHERE place IS NULL")) {
                    count.next();
                    counts.add(new LogLeaf.Earlier(table, count.getLong(1)));
                }
            }
        }
        return counts;
    }

    /**
     * Lists what guards the log, a line each: who could change what, and what would change what
     * comes in.
     */
    static List<String> coverage(Connection database) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(COVERAGE)) {
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
        }
        return lines;
    }

    private static String read() {
        // Months are made as time goes by, and are like their parents: those that are not are
        // listed.
        return """
            WITH relation AS (
              SELECT c.oid, c.relname, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.relowner,
                c.relacl, c.relpersistence,
                CASE WHEN c.relispartition THEN parent.relname || ' (month)' ELSE c.relname END AS name
              FROM pg_class AS c
              LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
              LEFT JOIN pg_class AS parent ON parent.oid = i.inhparent
              WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                AND c.relname <> 'flyway_schema_history')
            SELECT line FROM (
              SELECT 'relation ' || name || ' kind ' || relkind::text || ' owner ' || pg_get_userbyid(relowner)
                || ' row security ' || relrowsecurity || '/' || relforcerowsecurity || ' persistence ' || relpersistence::text
                || ' grants ' || coalesce((SELECT string_agg(grants::text, ' ' ORDER BY grants::text)
                     FROM unnest(relacl) AS grants), '-') AS line
              FROM relation
              UNION
              SELECT 'trigger ' || name || ' ' || tgname || ' ' || tgenabled::text || ' ' || tgtype || ' ' || tgfoid::regproc::text
              FROM pg_trigger JOIN relation ON relation.oid = tgrelid WHERE NOT tgisinternal
              UNION
              SELECT 'rule ' || name || ' ' || rulename || ' ' || ev_enabled::text || ' '
                || encode(sha256(convert_to(pg_get_ruledef(pg_rewrite.oid), 'UTF8')), 'hex')
              FROM pg_rewrite JOIN relation ON relation.oid = ev_class
              UNION
              SELECT 'policy ' || name || ' ' || polname || ' ' || coalesce(pg_get_expr(polqual, polrelid), '-')
              FROM pg_policy JOIN relation ON relation.oid = polrelid
              UNION
              SELECT 'function ' || p.oid::regprocedure::text || ' owner ' || pg_get_userbyid(proowner) || ' '
                || encode(sha256(convert_to(prosrc, 'UTF8')), 'hex')
              FROM pg_proc AS p WHERE pronamespace = 'audit'::regnamespace
              UNION
              SELECT 'event trigger ' || evtname || ' ' || evtenabled::text FROM pg_event_trigger
            ) AS lines ORDER BY line COLLATE "C\"""";
    }
}
