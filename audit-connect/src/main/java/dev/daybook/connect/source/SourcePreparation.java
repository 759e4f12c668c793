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
