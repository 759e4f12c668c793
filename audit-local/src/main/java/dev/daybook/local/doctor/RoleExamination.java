package dev.daybook.local.doctor;

import dev.daybook.source.Finding;
import dev.daybook.source.SourcePreparation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Examines the role that captures a source database. */
final class RoleExamination {

    /** The role that the cloud pipeline lets DMS log in as. */
    private static final String DMS_ROLE = "daybook_dms";

    private final Connection connection;
    private final Statement statement;
    private final SourceQuestion question;
    private final List<Finding> findings;

    RoleExamination(SourceSession source) {
        connection = source.connection();
        statement = source.statement();
        question = source.question();
        findings = source.findings();
    }

    /** Examines a role that {@link #name()} returned. */
    void examine(String role) throws SQLException {
        if (question.dms()) {
            examineDmsRole(role);
        } else {
            examineCaptureRole();
        }
    }

    /** Returns the role that captures, or the one that asks if there is none. */
    String name() throws SQLException {
        String captures = question.dms() ? DMS_ROLE : SourcePreparation.ROLE;
        try (PreparedStatement query =
                connection.prepareStatement(
                        "SELECT coalesce((SELECT rolname::text FROM pg_roles WHERE rolname = ?),"
                                + " current_user)")) {
            query.setString(1, captures);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private void examineCaptureRole() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT rolname, rolsuper,
                               has_database_privilege(oid, current_database(), 'CONNECT')
                        FROM pg_roles WHERE rolname = 'daybook_capture'
                        """)) {
            if (!row.next()) {
                return;
            }
            if (row.getBoolean(2)) {
                findings.add(
                        Code.ROLE_SUPERUSER.warning(
                                row.getString(1),
                                "The role that captures is a superuser, which it has no need of.",
                                "rolsuper is set",
                                "ALTER ROLE daybook_capture NOSUPERUSER; then run"
                                        + " \"source prepare\" again."));
            }
            if (!row.getBoolean(3)) {
                findings.add(
                        Code.NO_CONNECT.error(
                                row.getString(1),
                                "The role that captures may not connect to this database.",
                                "it has no CONNECT on the database",
                                "GRANT CONNECT ON DATABASE … TO daybook_capture."));
            }
        }
    }

    /** Examines whether what {@code daybook.allow_actors} limits can be had by another way. */
    void examineClaims() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT count(*), min(r.rolname) FROM pg_roles r
                        WHERE EXISTS (SELECT FROM daybook.actor_claim)
                            AND r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> 'daybook_capture'
                            AND NOT EXISTS (
                                SELECT FROM daybook.actor_claim c JOIN pg_roles g ON g.rolname = c.role_name
                                WHERE c.actors = '*' AND pg_has_role(r.oid, g.oid, 'MEMBER'))
                            AND EXISTS (
                                SELECT FROM pg_proc p WHERE p.proname = 'pg_logical_emit_message'
                                AND p.pronamespace = 'pg_catalog'::regnamespace
                                AND has_function_privilege(r.oid, p.oid, 'EXECUTE'))
                        """)) {
            row.next();
            if (row.getLong(1) > 0) {
                findings.add(
                        Code.CLAIMS_BY_MESSAGE.warning(
                                connection.getCatalog(),
                                "Roles that daybook.set_context limits can name any actor by a"
                                        + " logical message; such a change has no login role.",
                                "%d roles may call pg_logical_emit_message, %s among them"
                                        .formatted(row.getLong(1), row.getString(2)),
                                "REVOKE EXECUTE on the functions of the name pg_logical_emit_message"
                                        + " FROM PUBLIC, in this database, and grant it to the"
                                        + " roles that need it."));
            }
        }
    }

    private void examineDmsRole(String role) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT rolcanlogin AND (rolsuper OR rolreplication OR EXISTS (
                                   SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                                   WHERE m.member = r.oid AND g.rolname IN ('rds_replication', 'rds_superuser'))),
                               format('LOGIN %s, REPLICATION %s', rolcanlogin, rolreplication)
                        FROM pg_roles r WHERE rolname = ?
                        """)) {
            query.setString(1, role);
            try (ResultSet row = query.executeQuery()) {
                if (row.next() && !row.getBoolean(1)) {
                    findings.add(
                            Code.ROLE.error(
                                    role,
                                    "The role "
                                            + role
                                            + ", which DMS is taken to use, may not log in or may"
                                            + " not replicate.",
                                    row.getString(2),
                                    "GRANT rds_replication TO it (elsewhere: ALTER ROLE … LOGIN"
                                            + " REPLICATION)."));
                }
            }
        }
    }
}
