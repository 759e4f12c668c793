package dev.daybook.connect.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a source database needs for the capture: the SQL that prepares it, and the SQL that takes it
 * all away again. The SQL is text, so that it can be shown before it is run.
 */
public final class SourcePreparation {

    /** The role that the connector uses. */
    public static final String ROLE = "daybook_capture";

    private SourcePreparation() {}

    /**
     * The SQL that prepares a database; it may be run any number of times.
     *
     * @param tables which tables to audit, such as {@code public.*,sales.order_*,!public.secret_*}
     * @param fullIdentity which of them get REPLICA IDENTITY FULL; empty for none
     * @param password the password that {@link #ROLE} gets; empty to leave it as it is
     */
    public static String prepareSql(String tables, String fullIdentity, String password) {
        StringBuilder sql = new StringBuilder(resource("prepare.sql"));
        sql.append(
                "\n"
                        + "-- The choices made here"
                        + " ----------------------------------------------------------------------\n\n");
        if (!password.isEmpty()) {
            sql.append("ALTER ROLE ")
                    .append(ROLE)
                    .append(" PASSWORD ")
                    .append(literal(password))
                    .append(";\n");
        }
        sql.append("SELECT daybook.configure(")
                .append(literal(tables))
                .append(", ")
                .append(literal(fullIdentity))
                .append(");\n");
        sql.append("SELECT * FROM daybook.align();\n");
        return sql.toString();
    }

    /** The SQL that takes away what was prepared, but for replication slots. */
    public static String removeSql() {
        return resource("remove.sql");
    }

    /** What a capture needs before it can begin, whatever its slot; only errors. */
    static List<Finding> requirements(Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT current_setting('server_version_num')::int,"
                                        + " current_setting('server_version'),"
                                        + " current_setting('wal_level'), pg_is_in_recovery(),"
                                        + " to_regprocedure('daybook.align()') IS NOT NULL, (SELECT"
                                        + " count(*) FROM pg_publication  WHERE pubname IN ('daybook',"
                                        + " 'daybook_insert_only'))")) {
            row.next();
            if (row.getInt(1) < 150000) {
                findings.add(
                        error(
                                "unsupported-version",
                                "The source is PostgreSQL " + row.getString(2) + ".",
                                "Upgrade it to PostgreSQL 15 or newer."));
            }
            if (row.getBoolean(4)) {
                findings.add(
                        error(
                                "standby",
                                "The source is a standby.",
                                "Name the primary in database.url."));
            }
            if (!row.getString(3).equals("logical")) {
                findings.add(
                        error(
                                "wal-level",
                                "The source's wal_level is " + row.getString(3) + ".",
                                "Set wal_level = logical (on RDS and Aurora:"
                                        + " rds.logical_replication = 1) and restart the database."));
            }
            if (!row.getBoolean(5) || row.getInt(6) < 2) {
                findings.add(
                        error(
                                "not-prepared",
                                "The source is not prepared: the schema daybook or a publication is"
                                        + " missing.",
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
    public static List<Finding> check(Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>(requirements(connection));
        try (Statement statement = connection.createStatement()) {
            boolean prepared = findings.stream().noneMatch(f -> f.code().equals("not-prepared"));
            for (String[] query : prepared ? CHECKS : CHECKS_UNPREPARED) {
                try (ResultSet rows = statement.executeQuery(query[3])) {
                    while (rows.next()) {
                        findings.add(
                                new Finding(
                                        Finding.Severity.valueOf(query[0]),
                                        query[1],
                                        rows.getString(1),
                                        rows.getMetaData().getColumnCount() > 1
                                                ? rows.getString(2)
                                                : query[2]));
                    }
                }
            }
        }
        findings.sort(Comparator.comparing(Finding::severity));
        return findings;
    }

    private static final String[] KEEP_SIZE = {
        "WARNING",
        "max-slot-wal-keep-size",
        "Set max_slot_wal_keep_size to what the disk can spare, such as 50GB: a slot that is behind"
                + " by more is then given up, a gap in the audit log that is reported, instead of the"
                + " database stopping.",
        "SELECT 'max_slot_wal_keep_size is -1: while nobody reads a slot, the WAL it holds can fill"
                + " the disk.' WHERE current_setting('max_slot_wal_keep_size') = '-1'"
    };

    private static final String[] ENCODING = {
        "WARNING",
        "encoding",
        "A change with text that is not UTF-8 cannot be recorded and goes to the rejected topic.",
        "SELECT 'The database''s encoding is SQL_ASCII: the server does not know what its bytes"
                + " mean.' WHERE current_setting('server_encoding') = 'SQL_ASCII'"
    };

    private static final String[] FREE_SLOTS = {
        "WARNING",
        "no-free-slot",
        "Raise max_replication_slots, or drop slots that nobody uses.",
        "SELECT format('All %s replication slots are in use.',"
                + " current_setting('max_replication_slots')) WHERE (SELECT count(*) FROM"
                + " pg_replication_slots) >= current_setting('max_replication_slots')::int"
    };

    private static final String[][] CHECKS_UNPREPARED = {KEEP_SIZE, ENCODING, FREE_SLOTS};

    /**
     * Severity, code, remedy, and a query for the sentences; a second column is the remedy instead.
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
            SELECT 'The role daybook_capture may not log in or may not replicate.'
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
            SELECT format('The role daybook_capture may not read %s.', k.table_name),
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
            SELECT format('%s has row security, which keeps rows from its load.', k.table_name)
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
            SELECT format('%I.%I matches the patterns and is not captured.', n.nspname, c.relname)
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
            "Give it a primary key, or name it in --full-identity: PostgreSQL then writes whole old"
                    + " rows to the WAL.",
            """
            SELECT format('%s has no key: its updates and deletes are not recorded.', table_name)
            FROM daybook.captured_table WHERE publication = 'daybook_insert_only' ORDER BY 1
            """
        },
        {
            "INFO",
            "no-event-trigger",
            "",
            """
            SELECT 'There is no event trigger: a new table is noticed within tables.refresh.interval.ms.'
            WHERE NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'daybook_after_ddl' AND evtenabled <> 'D')
            """
        },
        {
            "ERROR",
            "slot-gone",
            "",
            """
            SELECT format('The replication slot %s is gone: what was committed since is missing in the audit log.', c.slot),
                   format('To accept the gap and load the tables anew: SELECT daybook.forget_slot(%L).', c.slot)
            FROM daybook.capture_slot c
            WHERE NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.slot_name = c.slot)
            """
        },
        {
            "ERROR",
            "slot-lost",
            "",
            """
            SELECT format('The source has thrown away WAL that the slot %s needed.', s.slot_name),
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
            SELECT format('The slot %s is behind and makes the source keep %s of WAL%s.', s.slot_name,
                          pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)),
                          CASE WHEN s.active THEN '' ELSE '; nobody is reading it' END),
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
            "INFO",
            "slot",
            "",
            """
            SELECT format('The slot %s is %s and makes the source keep %s of WAL.', s.slot_name,
                          CASE WHEN s.active THEN 'being read' ELSE 'not being read' END,
                          pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)))
            FROM pg_replication_slots s JOIN daybook.capture_slot c ON c.slot = s.slot_name
            WHERE NOT pg_is_in_recovery()
            """
        },
    };

    private static Finding error(String code, String message, String remedy) {
        return new Finding(Finding.Severity.ERROR, code, message, remedy);
    }

    /** Runs SQL of this class in one transaction. */
    public static void run(Connection connection, String sql) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(autoCommit);
        }
    }

    private static String literal(String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\\') < 0 ? quoted : " E" + quoted.replace("\\", "\\\\");
    }

    private static String resource(String name) {
        try (InputStream in = SourcePreparation.class.getResourceAsStream("/db/source/" + name)) {
            if (in == null) {
                throw new IllegalStateException("The artifact lacks db/source/" + name + ".");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
