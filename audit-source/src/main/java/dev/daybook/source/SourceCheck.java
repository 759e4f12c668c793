package dev.daybook.source;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks what a source database needs before it can be captured, and what deserves to be known of
 * it.
 */
public final class SourceCheck {

    private SourceCheck() {}

    /** Returns what a capture needs before it can begin, whatever its slot; only errors. */
    public static List<Finding> requirements(Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT current_setting('server_version_num')::int,"
                                        + " current_setting('server_version'),"
                                        + " current_setting('wal_level'), pg_is_in_recovery(),"
                                        + " to_regprocedure('daybook.publication_state(name)') IS NOT NULL, (SELECT"
                                        + " count(*) FROM pg_publication  WHERE pubname IN ('daybook',"
                                        + " 'daybook_insert_only'))")) {
            row.next();
            if (row.getInt(1) < 150000) {
                findings.add(
                        error(
                                "unsupported-version",
                                "server_version",
                                "The source is PostgreSQL " + row.getString(2) + ".",
                                "server_version = " + row.getString(2),
                                "Upgrade it to PostgreSQL 15 or newer."));
            }
            if (row.getBoolean(4)) {
                findings.add(
                        error(
                                "standby",
                                "the server",
                                "The source is a standby.",
                                "pg_is_in_recovery() is true",
                                "Name the primary in database.url."));
            }
            if (!row.getString(3).equals("logical")) {
                findings.add(
                        error(
                                "wal-level",
                                "wal_level",
                                "The source's wal_level is " + row.getString(3) + ".",
                                "wal_level = " + row.getString(3),
                                "Set wal_level = logical (on RDS and Aurora:"
                                        + " rds.logical_replication = 1) and restart the database."));
            }
            if (!row.getBoolean(5) || row.getInt(6) < 2) {
                findings.add(
                        error(
                                "not-prepared",
                                "the schema daybook",
                                "The source is not prepared: the schema daybook or a publication is"
                                        + " missing, or an earlier version prepared it.",
                                "daybook.publication_state(name) is "
                                        + (row.getBoolean(5) ? "there" : "missing")
                                        + ", "
                                        + row.getInt(6)
                                        + " of 2 publications",
                                "Run \"source prepare\" on it."));
            }
        }
        return findings;
    }

    /**
     * Says what in a source would keep the capture from working, or deserves to be known; errors
     * first. Changes nothing.
     *
     * @param connection a connection to the source as any role; a superuser sees most
     */
    public static List<Finding> findings(Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>(requirements(connection));
        try (Statement statement = connection.createStatement()) {
            boolean prepared = findings.stream().noneMatch(f -> f.code().equals("not-prepared"));
            if (prepared && !readable(statement)) {
                findings.add(unreadable(connection));
                prepared = false;
            }
            for (String[] query : prepared ? CHECKS : CHECKS_UNPREPARED) {
                try (ResultSet rows = statement.executeQuery(query[3])) {
                    while (rows.next()) {
                        findings.add(
                                new Finding(
                                        Finding.Severity.valueOf(query[0]),
                                        query[1],
                                        rows.getString(1),
                                        rows.getString(2),
                                        rows.getString(3),
                                        rows.getMetaData().getColumnCount() > 3
                                                ? rows.getString(4)
                                                : query[2]));
                    }
                }
            }
        }
        findings.sort(Comparator.comparing(Finding::severity));
        return findings;
    }

    /** Returns the codes of everything that {@link #findings} may find. */
    public static Set<String> codes() {
        Set<String> codes =
                new TreeSet<>(
                        List.of(
                                "unsupported-version",
                                "standby",
                                "wal-level",
                                "not-prepared",
                                UNREADABLE));
        for (String[] check : CHECKS) {
            codes.add(check[1]);
        }
        return codes;
    }

    private static boolean readable(Statement statement) throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT bool_and(has_table_privilege(name, 'SELECT'))
                        FROM unnest(ARRAY['daybook.setting', 'daybook.captured_table',
                                          'daybook.capture_slot']) AS name
                        """)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static Finding unreadable(Connection connection) throws SQLException {
        String user = connection.getMetaData().getUserName();
        return new Finding(
                Finding.Severity.WARNING,
                UNREADABLE,
                user,
                "The role "
                        + user
                        + " may not read the schema daybook, so what it says of tables"
                        + " and slots was not checked.",
                "no SELECT on daybook.setting, daybook.captured_table or daybook.capture_slot",
                "Check as "
                        + SourcePreparation.ROLE
                        + ", as the role that prepared the database, or as a superuser.");
    }

    private static final String UNREADABLE = "unreadable";

    private static final String[] KEEP_SIZE = {
        "WARNING",
        "max-slot-wal-keep-size",
        "Set max_slot_wal_keep_size to what the disk can spare, such as 50GB: a slot that is behind"
                + " by more is then given up, a gap in the audit log that is reported, instead of the"
                + " database stopping.",
        "SELECT 'max_slot_wal_keep_size', 'max_slot_wal_keep_size is -1: while nobody reads a slot,"
                + " the WAL it holds can fill the disk.', 'max_slot_wal_keep_size = -1' WHERE"
                + " current_setting('max_slot_wal_keep_size') = '-1'"
    };

    private static final String[] ENCODING = {
        "WARNING",
        "encoding",
        "A change with text that is not UTF-8 cannot be recorded and goes to the rejected topic.",
        "SELECT current_database(), 'The database''s encoding is SQL_ASCII: the server does not know"
                + " what its bytes mean.', 'server_encoding = SQL_ASCII' WHERE current_setting('server_encoding') = 'SQL_ASCII'"
    };

    private static final String[] FREE_SLOTS = {
        "WARNING",
        "no-free-slot",
        "Raise max_replication_slots, or drop slots that nobody uses.",
        "SELECT 'max_replication_slots', format('All %s replication slots are in use.',"
                + " current_setting('max_replication_slots')), format('max_replication_slots = %s',"
                + " current_setting('max_replication_slots')) WHERE (SELECT count(*) FROM"
                + " pg_replication_slots) >= current_setting('max_replication_slots')::int"
    };

    private static final String[][] CHECKS_UNPREPARED = {KEEP_SIZE, ENCODING, FREE_SLOTS};

    /**
     * Severity, code, remedy, and a query for object, sentence and evidence; a fourth column is the
     * remedy instead.
     */
    private static final String[][] CHECKS = {
        KEEP_SIZE,
        ENCODING,
        FREE_SLOTS,
        {
            "ERROR",
            "role",
            "Have a superuser run: ALTER ROLE daybook_capture LOGIN REPLICATION (on RDS and Aurora:"
                    + " GRANT rds_replication TO daybook_capture).",
            """
            SELECT 'daybook_capture', 'The role daybook_capture may not log in or may not replicate.',
                   coalesce((SELECT format('LOGIN %s, REPLICATION %s', rolcanlogin, rolreplication)
                             FROM pg_roles WHERE rolname = 'daybook_capture'), 'there is no such role')
            WHERE NOT EXISTS (
                SELECT FROM pg_roles r WHERE r.rolname = 'daybook_capture' AND r.rolcanlogin
                AND (r.rolreplication OR EXISTS (
                    SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                    WHERE m.member = r.oid AND g.rolname = 'rds_replication')))
            """
        },
        {
            "ERROR",
            "no-select",
            "",
            """
            SELECT k.table_name, format('The role daybook_capture may not read %s.', k.table_name),
                   format('SELECT on the table: %s, USAGE on its schema: %s',
                          has_table_privilege('daybook_capture', c.oid, 'SELECT'),
                          has_schema_privilege('daybook_capture', c.relnamespace, 'USAGE')),
                   format('GRANT SELECT ON %s TO daybook_capture, and USAGE on its schema.', k.table_name)
            FROM daybook.captured_table k JOIN pg_class c ON c.oid = k.relid
            WHERE NOT has_table_privilege('daybook_capture', c.oid, 'SELECT')
               OR NOT has_schema_privilege('daybook_capture', c.relnamespace, 'USAGE')
            """
        },
        {
            "ERROR",
            "row-security",
            "ALTER ROLE daybook_capture BYPASSRLS.",
            """
            SELECT k.table_name, format('%s has row security, which keeps rows from its load.', k.table_name),
                   'relrowsecurity is set, and daybook_capture has no BYPASSRLS'
            FROM daybook.captured_table k JOIN pg_class c ON c.oid = k.relid
            WHERE c.relrowsecurity
              AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_capture' AND (rolbypassrls OR rolsuper))
            """
        },
        {
            "WARNING",
            "not-captured",
            "Run SELECT * FROM daybook.align() as the tables' owner; it says what hinders.",
            """
            SELECT format('%I.%I', n.nspname, c.relname),
                   format('%I.%I matches the patterns and is not captured.', n.nspname, c.relname),
                   'it is not in daybook.captured_table'
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
              AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
              AND daybook.matches(n.nspname || '.' || c.relname,
                                  (SELECT s.value FROM daybook.setting s WHERE s.name = 'tables'))
              AND NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = c.oid)
            """
        },
        {
            "WARNING",
            "insert-only",
            "",
            """
            SELECT table_name,
                   CASE WHEN mixed
                       THEN format('%s has REPLICA IDENTITY FULL and a generated column that is not published: its updates and deletes are not recorded, as PostgreSQL would refuse them.', table_name)
                       ELSE format('%s has no key: its updates and deletes are not recorded.', table_name) END,
                   'it is in the publication daybook_insert_only',
                   CASE WHEN mixed
                       THEN format('Give it a primary key, and: ALTER TABLE %s REPLICA IDENTITY DEFAULT.', table_name)
                       ELSE 'Give it a primary key, or name it in --full-identity: PostgreSQL then writes whole old rows to the WAL.' END
            FROM (SELECT k.table_name, c.relreplident = 'f' AND daybook.has_unpublished_column(c.oid) AS mixed
                  FROM daybook.captured_table k JOIN pg_class c ON c.oid = k.relid
                  WHERE k.publication = 'daybook_insert_only') AS k
            ORDER BY 1
            """
        },
        {
            "WARNING",
            "no-event-trigger",
            "Run \"source prepare\" as a superuser (rds_superuser on RDS and Aurora).",
            """
            SELECT t.name,
                   'The event trigger ' || t.name || ' does not fire in every session: ' || t.effect,
                   t.name || ' is missing, or not enabled always'
            FROM (VALUES ('daybook_after_ddl', 'until the next look at the tables (tables.refresh.interval.ms) a'
                              || ' new table is not captured, and PostgreSQL refuses updates and deletes of a table'
                              || ' that has lost its key.'),
                         ('daybook_after_drop', 'until the next look at the tables (tables.refresh.interval.ms)'
                              || ' PostgreSQL refuses updates and deletes of a table that has lost its key.'),
                         ('daybook_before_ddl', 'PostgreSQL refuses ALTER TABLE ... SET UNLOGGED of a captured'
                              || ' table.')) AS t (name, effect)
            WHERE NOT EXISTS (SELECT FROM pg_event_trigger e WHERE e.evtname = t.name AND e.evtenabled = 'A')
            """
        },
        {
            "ERROR",
            "slot-gone",
            "",
            """
            SELECT c.slot,
                   format('The replication slot %s is gone: what was committed since is missing in the audit log.', c.slot),
                   'it is in daybook.capture_slot and not in pg_replication_slots',
                   format('To accept the gap and load the tables anew: SELECT daybook.forget_slot(%L).', c.slot)
            FROM daybook.capture_slot c
            WHERE c.start_lsn <> '0/0' AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.slot_name = c.slot)
            """
        },
        {
            "ERROR",
            "slot-lost",
            "",
            """
            SELECT s.slot_name, format('The source has thrown away WAL that the slot %s needed.', s.slot_name),
                   'wal_status = lost',
                   format('Raise max_slot_wal_keep_size. To accept the gap and load the tables anew: SELECT daybook.forget_slot(%L).',
                          s.slot_name)
            FROM pg_replication_slots s JOIN daybook.capture_slot c ON c.slot = s.slot_name
            WHERE s.wal_status = 'lost'
            """
        },
        {
            "WARNING",
            "slot-behind",
            "",
            """
            SELECT s.slot_name,
                   format('The slot %s is behind and makes the source keep %s of WAL%s.', s.slot_name,
                          pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)),
                          CASE WHEN s.active THEN '' ELSE '; nobody is reading it' END),
                   format('restart_lsn = %s, pg_current_wal_lsn() = %s', s.restart_lsn, pg_current_wal_lsn()),
                   format('Start its connector, or give the slot up: SELECT daybook.forget_slot(%L).', s.slot_name)
            FROM pg_replication_slots s
            WHERE s.plugin = 'pgoutput' AND s.database = current_database()
              AND (s.slot_name LIKE 'daybook\\_%' OR s.slot_name IN (SELECT slot FROM daybook.capture_slot))
              AND NOT pg_is_in_recovery()
              AND pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)
                  > CASE WHEN s.active THEN 1073741824 ELSE 67108864 END
            """
        },
        {
            "WARNING",
            "clock-set-back",
            "Set the clock right, and keep it so by a time service that slews it. Nothing is lost: changes keep"
                    + " their order, their own time stands beside the log's.",
            """
            SELECT c.slot,
                   format('The source''s clock is %s behind what is recorded: its changes are given later times, and complete_until stands still, until it has come there.',
                          date_trunc('second', c.confirmed_at - clock_timestamp())),
                   format('recorded up to %s, clock_timestamp() = %s', c.confirmed_at, clock_timestamp())
            FROM daybook.capture_slot c
            WHERE c.confirmed_at > clock_timestamp() + interval '1 second'
            """
        },
        {
            "INFO",
            "slot",
            "",
            """
            SELECT s.slot_name,
                   format('The slot %s is %s and makes the source keep %s of WAL.', s.slot_name,
                          CASE WHEN s.active THEN 'being read' ELSE 'not being read' END,
                          pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn))),
                   format('active = %s, wal_status = %s', s.active, s.wal_status)
            FROM pg_replication_slots s JOIN daybook.capture_slot c ON c.slot = s.slot_name
            WHERE NOT pg_is_in_recovery()
            """
        },
    };

    private static Finding error(
            String code, String object, String message, String evidence, String remedy) {
        return new Finding(Finding.Severity.ERROR, code, object, message, evidence, remedy);
    }
}
