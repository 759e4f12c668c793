package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Examines the publications that the preparation of a source made. */
final class PublicationExamination {

    private final Statement statement;
    private final List<Finding> findings;

    PublicationExamination(SourceSession source) {
        statement = source.statement();
        findings = source.findings();
    }

    void examine(List<SourceTable> tables) throws SQLException {
        boolean partitioned = tables.stream().anyMatch(SourceTable::partitioned);
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT pubname, pubviaroot,
                               concat_ws(', ', CASE WHEN pubinsert THEN 'insert' END,
                                         CASE WHEN pubupdate THEN 'update' END,
                                         CASE WHEN pubdelete THEN 'delete' END,
                                         CASE WHEN pubtruncate THEN 'truncate' END)
                        FROM pg_publication WHERE pubname IN ('daybook', 'daybook_insert_only')
                        ORDER BY 1
                        """)) {
            while (row.next()) {
                String name = row.getString(1);
                String wanted =
                        name.equals("daybook")
                                ? "insert, update, delete, truncate"
                                : "insert, truncate";
                if (!row.getString(3).equals(wanted)) {
                    findings.add(
                            Code.PUBLICATION_ALTERED.error(
                                    name,
                                    "The publication " + name + " has been altered.",
                                    "it publishes " + row.getString(3),
                                    "ALTER PUBLICATION "
                                            + name
                                            + " SET (publish = '"
                                            + wanted
                                            + "')."));
                }
                if (!row.getBoolean(2) && partitioned) {
                    findings.add(
                            Code.PUBLICATION_ROOT.warning(
                                    name,
                                    "Changes of partitioned tables come under their partitions'"
                                            + " names.",
                                    "publish_via_partition_root is false",
                                    "ALTER PUBLICATION "
                                            + name
                                            + " SET (publish_via_partition_root = true)."));
                }
            }
        }
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT p.pubname, (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
                                          JOIN pg_namespace n ON n.oid = c.relnamespace
                                          WHERE c.oid = r.prrelid),
                               concat_ws(', ', CASE WHEN r.prqual IS NOT NULL THEN 'a row filter' END,
                                         CASE WHEN r.prattrs IS NOT NULL THEN 'a column list' END)
                        FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                        WHERE p.pubname IN ('daybook', 'daybook_insert_only')
                          AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)
                        ORDER BY 2
                        """)) {
            while (row.next()) {
                findings.add(
                        Code.PUBLICATION_FILTERED.error(
                                row.getString(2),
                                "Part of its changes is kept out of the publication, and so out of"
                                        + " the log.",
                                row.getString(1) + " has " + row.getString(3) + " for it",
                                "Drop it from the publication, and SELECT * FROM"
                                        + " daybook.align(). What is to be kept out of the log is"
                                        + " said to the ingest (redaction)."));
            }
        }
    }
}
