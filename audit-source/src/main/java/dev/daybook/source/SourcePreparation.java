package dev.daybook.source;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
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

    /**
     * The prefix of the logical messages by which a prepared source tells of dropped tables; the
     * content is the table's name, as {@link dev.daybook.contract.TableName#parse} reads it.
     */
    public static final String DROP_MESSAGE_PREFIX = "daybook.drop-table";

    /** How a notice of this SQL begins; others are the server's. */
    private static final String NOTICE = "daybook: ";

    /** How often something is tried that others keep from being done. */
    private static final int ATTEMPTS = 5;

    /** Waits until no other transaction of this class runs in the database. */
    private static final String TURN =
            "SELECT pg_catalog.pg_advisory_xact_lock("
                    + "pg_catalog.hashtextextended('daybook.preparation', 0))";

    private SourcePreparation() {}

    /**
     * Returns the SQL that prepares a database; it may be run any number of times.
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

    /**
     * Returns the SQL that takes away what was prepared, and the connector's replication slots.
     *
     * @param slot a slot of another name than the connector's own, or null for none
     */
    public static String removeSql(@Nullable String slot) {
        // Behind the rest: what is refused there leaves the slots.
        return resource("remove.sql")
                + (slot == null
                        ? "\n"
                        : "\nSELECT pg_drop_replication_slot(" + literal(slot) + ");\n")
                + resource("remove-slots.sql");
    }

    /**
     * Runs SQL of this class in one transaction, when no other runs some in the database: one whose
     * client was killed goes on until its transaction is undone. What fails because of others, such
     * as by a deadlock with the application's DDL, is tried again.
     *
     * @return what the SQL says of its own, each in a sentence without its end
     */
    public static List<String> run(Connection connection, String sql) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            for (int attempt = 1; ; attempt++) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(TURN);
                    statement.execute(sql);
                    connection.commit();
                    return notices(statement);
                } catch (SQLException e) {
                    connection.rollback();
                    if (attempt == ATTEMPTS || !isDueToOthers(e)) {
                        throw e;
                    }
                }
            }
        } finally {
            connection.setAutoCommit(autoCommit);
        }
    }

    /** Returns whether a failure is one of meeting another transaction. */
    private static boolean isDueToOthers(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.equals("40P01")
                || state.equals("40001")
                || (state.equals("XX000") && Remedy.oneLine(e).startsWith("tuple concurrently"));
    }

    private static List<String> notices(Statement statement) throws SQLException {
        List<String> notices = new ArrayList<>();
        for (SQLWarning notice = statement.getWarnings();
                notice != null;
                notice = notice.getNextWarning()) {
            String text = String.valueOf(notice.getMessage());
            if (text.startsWith(NOTICE)) {
                notices.add(text.substring(NOTICE.length()));
            }
        }
        return notices;
    }

    private static String literal(String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\\') < 0 ? quoted : " E" + quoted.replace("\\", "\\\\");
    }

    private static String resource(String name) {
        try (InputStream in = SourcePreparation.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("The artifact lacks " + name + " of db/source.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
