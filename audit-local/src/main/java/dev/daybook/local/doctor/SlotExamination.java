package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Examines the replication slots of a source's server: the capture's, DMS's and others'. */
final class SlotExamination {

    private static final long MEBIBYTE = 1024 * 1024;
    private static final long MUCH_WAL = 64 * MEBIBYTE;
    private static final long FAR_BEHIND = 1024 * MEBIBYTE;

    private final Connection connection;
    private final Statement statement;
    private final SourceQuestion question;
    private final List<Finding> findings;
    private final SourceSession source;

    SlotExamination(SourceSession source) {
        connection = source.connection();
        statement = source.statement();
        question = source.question();
        findings = source.findings();
        this.source = source;
    }

    /**
     * Examines all slots.
     *
     * @param readable whether {@code daybook.capture_slot} can be read
     */
    void examine(boolean readable) throws SQLException {
        if (question.dms()) {
            examineDmsSlots();
        }
        if (readable) {
            examineOwnSlots();
        }
        examineOtherSlots(readable);
    }

    private void examineOwnSlots() throws SQLException {
        boolean any = false;
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT c.slot, s.active, s.wal_status, s.restart_lsn::text
                        FROM daybook.capture_slot c
                        LEFT JOIN pg_replication_slots s ON s.slot_name = c.slot ORDER BY 1
                        """)) {
            while (row.next()) {
                any = true;
                String slot = row.getString(1);
                String status = row.getString(3);
                if (status == null || status.equals("lost")) {
                    continue;
                }
                if (status.equals("unreserved")) {
                    findings.add(unreserved(slot));
                } else if (!row.getBoolean(2) && !source.found(Code.SLOT_BEHIND, slot)) {
                    findings.add(inactive(slot, row.getString(4)));
                }
            }
        }
        if (!any && question.running()) {
            findings.add(
                    Code.SLOT_MISSING.error(
                            connection.getCatalog(),
                            "The pipeline runs, and no replication slot captures this database.",
                            "daybook.capture_slot is empty",
                            "See the log: ./daybook status, and logs/ in the data directory."));
        }
    }

    private void examineDmsSlots() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT slot_name, active, wal_status, restart_lsn::text,
                               CASE WHEN NOT pg_is_in_recovery()
                                    THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END
                        FROM pg_replication_slots
                        WHERE database = current_database() AND NOT temporary
                          AND plugin IN ('test_decoding', 'pglogical_output') ORDER BY 1
                        """)) {
            while (row.next()) {
                String slot = row.getString(1);
                String status = row.getString(3);
                if ("lost".equals(status)) {
                    findings.add(
                            Code.SLOT_LOST.error(
                                    slot,
                                    "The source has thrown away WAL that the slot "
                                            + slot
                                            + " needed.",
                                    "wal_status = lost",
                                    "Drop the slot, restart the task with a new load, and note the"
                                            + " gap."));
                } else if ("unreserved".equals(status)) {
                    findings.add(unreserved(slot));
                } else if (row.getLong(5) > FAR_BEHIND) {
                    findings.add(
                            Code.SLOT_BEHIND.warning(
                                    slot,
                                    "The slot " + slot + " is far behind.",
                                    row.getLong(5) / MEBIBYTE + " MiB of WAL are kept for it",
                                    "See the task's latency; without a heartbeat a quiet database"
                                            + " holds its WAL too."));
                } else if (!row.getBoolean(2)) {
                    findings.add(inactive(slot, row.getString(4)));
                }
            }
        }
    }

    private static Finding unreserved(String slot) {
        return Code.SLOT_UNRESERVED.warning(
                slot,
                "The slot is behind by more than max_slot_wal_keep_size: the next checkpoint may"
                        + " throw away what it needs.",
                "wal_status = unreserved",
                "Raise max_slot_wal_keep_size now (a reload is enough), and see why its reader is"
                        + " slow.");
    }

    private static Finding inactive(String slot, @Nullable String restart) {
        return Code.SLOT_INACTIVE.warning(
                slot,
                "Nobody reads the slot " + slot + ": it makes the server keep all WAL from now on.",
                "active = false, restart_lsn = " + restart,
                "Start its capture. If it is given up for good, drop the slot.");
    }

    private void examineOtherSlots(boolean ownKnown) throws SQLException {
        Set<String> own = new HashSet<>();
        if (ownKnown) {
            try (ResultSet row = statement.executeQuery("SELECT slot FROM daybook.capture_slot")) {
                while (row.next()) {
                    own.add(row.getString(1));
                }
            }
        }
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT slot_name, coalesce(database, 'none: physical'), restart_lsn::text,
                               coalesce(plugin, ''), database = current_database(),
                               CASE WHEN NOT pg_is_in_recovery()
                                    THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END
                        FROM pg_replication_slots
                        WHERE NOT active AND NOT temporary AND restart_lsn IS NOT NULL ORDER BY 1
                        """)) {
            while (row.next()) {
                String slot = row.getString(1);
                boolean dms =
                        question.dms()
                                && row.getBoolean(5)
                                && Set.of("test_decoding", "pglogical_output")
                                        .contains(row.getString(4));
                if (own.contains(slot) || dms || source.found(Code.SLOT_BEHIND, slot)) {
                    continue;
                }
                long held = row.getLong(6);
                String message =
                        "Nobody reads the slot "
                                + slot
                                + ", which is not this capture's: it makes the server keep WAL.";
                String evidence =
                        String.format(
                                Locale.ROOT,
                                "active = false, database %s, restart_lsn = %s, %d MiB kept",
                                row.getString(2),
                                row.getString(3),
                                held / MEBIBYTE);
                String remedy =
                        "Start its reader; or, if nobody needs it: SELECT"
                                + " pg_drop_replication_slot('"
                                + slot
                                + "').";
                findings.add(
                        held > MUCH_WAL
                                ? Code.OTHER_SLOT.warning(slot, message, evidence, remedy)
                                : Code.OTHER_SLOT.info(slot, message, evidence, remedy));
            }
        }
    }
}
