package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Examines what DMS needs in a source, and what it has left there. */
final class DmsObjects {

    private final Statement statement;
    private final SourceQuestion question;
    private final List<Finding> findings;
    private final SourceSession source;

    DmsObjects(SourceSession source) {
        statement = source.statement();
        question = source.question();
        findings = source.findings();
        this.source = source;
    }

    void examineContextTable() throws SQLException {
        if (source.text("SELECT to_regclass('daybook.transaction_context')::text") == null) {
            findings.add(
                    Code.NO_CONTEXT_TABLE.warning(
                            "daybook.transaction_context",
                            "The table that says who and why is missing: every entry will be"
                                    + " unattributed.",
                            "there is no such table",
                            "Run what \"source prepare\" prints, and include the table in the"
                                    + " task's mappings."));
        }
    }

    /** Examines tables and triggers of DMS's own. */
    void examineArtifacts(List<SourceTable> tables) throws SQLException {
        for (SourceTable table : tables) {
            if (table.isDmsArtifact()
                    && (question.task() == null || question.task().includes(table))) {
                findings.add(
                        Code.DMS_ARTIFACT_CAPTURED.warning(
                                table.label(),
                                table.label() + " is DMS's own, and what it does to it is audited.",
                                "its name begins with " + SourceTable.DMS_PREFIX,
                                question.dms()
                                        ? "Exclude awsdms% in the task's mappings."
                                        : "Leave it out: !*.awsdms_* at the end of the pattern; or"
                                                + " drop it, if DMS is gone."));
            }
        }
        if (question.dms()) {
            return;
        }
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT format('%I.%I', n.nspname, c.relname)
                        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.relkind = 'r' AND c.relname LIKE 'awsdms\\_%' ORDER BY 1
                        """)) {
            while (row.next()) {
                if (!source.found(Code.DMS_ARTIFACT_CAPTURED, row.getString(1))) {
                    findings.add(
                            Code.DMS_ARTIFACT.info(
                                    row.getString(1),
                                    "A table of DMS's is here; it is not captured.",
                                    "its name begins with " + SourceTable.DMS_PREFIX,
                                    "Drop it, if DMS is gone."));
                }
            }
        }
        try (ResultSet row =
                statement.executeQuery(
                        "SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'awsdms%'")) {
            while (row.next()) {
                findings.add(
                        Code.DMS_DDL_TRIGGER.info(
                                row.getString(1),
                                "DMS's event trigger writes the text of each DDL command into a"
                                        + " table, passwords in it included.",
                                "it is in pg_event_trigger",
                                "DROP EVENT TRIGGER " + row.getString(1) + ", if DMS is gone."));
            }
        }
    }
}
