package dev.daybook.local.doctor;

import dev.daybook.contract.IncidentCode;
import dev.daybook.source.Finding;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Looks for what the log is missing, or keeps without a key, and for what makes it stand still. */
final class IncompletenessExamination {

    private final Statement statement;
    private final List<Finding> findings = new ArrayList<>();

    private IncompletenessExamination(Statement statement) {
        this.statement = statement;
    }

    static List<Finding> of(Statement statement) throws SQLException {
        IncompletenessExamination examination = new IncompletenessExamination(statement);
        examination.examineStandstills();
        examination.examineGaps();
        examination.examineGapsThatAreOver();
        examination.examineIncidents();
        examination.examineKeylessTables();
        return examination.findings;
    }

    private void examineStandstills() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        "SELECT source, since::text, stage, reason FROM audit.standstill ORDER BY"
                                + " 1")) {
            while (row.next()) {
                findings.add(
                        Code.LOG_STANDS_STILL.error(
                                row.getString(1),
                                "Up to when its log is complete has stood still since "
                                        + row.getString(2)
                                        + ": "
                                        + row.getString(3)
                                        + ".",
                                row.getString(4),
                                switch (row.getString(3)) {
                                    case "sink" ->
                                            "See the state of the sink connector and its worker's"
                                                    + " log; restart a task that failed once the"
                                                    + " cause is mended.";
                                    case "ingest" ->
                                            "See /actuator/health and the log of the ingest; mend"
                                                    + " what it names, or start it.";
                                    default ->
                                            "See whether the source database takes connections, and"
                                                    + " the state of the source connector; restart"
                                                    + " a task that failed once the cause is mended.";
                                }));
            }
        }
    }

    /** Tables without a key and unlogged ones are findings of the source's examination. */
    private void examineGaps() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT coalesce(source, 'any source'), bool_or(found_at > now() - interval '7 days'), count(*),
                            (array_agg(format('%s, %s to %s, %s: %s', coalesce(table_name, 'any table'),
                                coalesce(from_time::text, 'unknown'), coalesce(to_time::text, 'open'), cause, reason)
                                ORDER BY found_at DESC))[1]
                        FROM audit.gap_and_reload WHERE reloaded_at IS NULL AND cause NOT IN ('no-key', 'unlogged') GROUP BY 1 ORDER BY 1
                        """)) {
            while (row.next()) {
                String source = row.getString(1);
                String message =
                        "Changes may be missing in "
                                + stretches(row.getLong(3))
                                + " that no reload of their tables has closed.";
                String remedy =
                        "GET /coverage lists them as gaps. Load the tables anew: their rows are"
                                + " known again from then on, what happened in between is not.";
                findings.add(
                        row.getBoolean(2)
                                ? Code.CHANGES_MISSING.warning(
                                        source, message, row.getString(4), remedy)
                                : Code.CHANGES_MISSING.info(
                                        source, message, row.getString(4), remedy));
            }
        }
    }

    /**
     * What was missed is not in the log, although the tables have been read again since. A key that
     * a table gains when a dump is restored, and a table that becomes logged, are no news.
     */
    private void examineGapsThatAreOver() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT coalesce(source, 'any source'), count(*),
                            (array_agg(format('%s, %s to %s, %s, read again at %s: %s', coalesce(table_name, 'any table'),
                                coalesce(from_time::text, 'unknown'), to_time, cause, reloaded_at, reason)
                                ORDER BY found_at DESC))[1]
                        FROM audit.gap_and_reload
                        WHERE greatest(found_at, to_time) > now() - interval '7 days'
                            AND cause NOT IN ('no-key', 'unlogged', 'load-failed') AND reloaded_at IS NOT NULL
                        GROUP BY 1 ORDER BY 1
                        """)) {
            while (row.next()) {
                findings.add(
                        Code.CHANGES_MISSED.info(
                                row.getString(1),
                                "Changes were missed within the last 7 days, in "
                                        + stretches(row.getLong(2))
                                        + ". Their tables have been read again since.",
                                row.getString(3),
                                "Nothing: rows are known again, what happened in between stays"
                                        + " unknown. GET /coverage lists them as gaps. If a slot was"
                                        + " moved or dropped, a table taken out of a publication, or"
                                        + " an event trigger switched off or dropped, find out who"
                                        + " did it."));
            }
        }
    }

    private static String stretches(long number) {
        return number == 1 ? "one stretch" : number + " stretches";
    }

    private void examineIncidents() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT coalesce(table_name, 'unknown table'), coalesce(source, '?'), code, reports,
                            first_at::text, last_at::text, reason, last_at > now() - interval '7 days'
                        FROM audit.incident WHERE reloaded_at IS NULL ORDER BY 2, 1, 3
                        """)) {
            while (row.next()) {
                String message =
                        "The capture of "
                                + row.getString(2)
                                + " reports that something of it is missing ("
                                + row.getString(3)
                                + ").";
                String evidence =
                        row.getLong(4)
                                + " reports from "
                                + row.getString(5)
                                + " to "
                                + row.getString(6)
                                + ", the last: "
                                + row.getString(7);
                String remedy =
                        "Mend what it names, then reload the table in the DMS task (aws dms"
                                + " reload-tables).";
                String table = row.getString(1);
                if (row.getString(3).equals(IncidentCode.DMS_TABLE_SUSPENDED.word())) {
                    findings.add(Code.CAPTURE_INCIDENT.error(table, message, evidence, remedy));
                } else if (row.getBoolean(8)) {
                    findings.add(Code.CAPTURE_INCIDENT.warning(table, message, evidence, remedy));
                } else {
                    findings.add(Code.CAPTURE_INCIDENT.info(table, message, evidence, remedy));
                }
            }
        }
    }

    private void examineKeylessTables() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT table_name, source, entries, changes, array_to_string(key_columns, ',')
                        FROM audit.keyless_table WHERE changes > 0 ORDER BY source, table_name
                        """)) {
            while (row.next()) {
                String table = row.getString(1);
                String columns = row.getString(5);
                findings.add(
                        Code.ROWS_WITHOUT_KEY.warning(
                                table,
                                "Its changes are recorded without a key: the history of a row of it"
                                        + " cannot be asked for.",
                                row.getLong(4)
                                        + " updates and deletes of "
                                        + row.getString(2)
                                        + " among the log's latest 10,000 entries"
                                        + (columns.isEmpty()
                                                ? ""
                                                : "; its old rows show " + columns),
                                "Set daybook.ingest.keys["
                                        + table
                                        + "]="
                                        + (columns.isEmpty() ? "its key's columns" : columns)
                                        + " for the ingest, if that is its key, or let DMS include"
                                        + " control details. Later changes then have their key."));
            }
        }
    }
}
