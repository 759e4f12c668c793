package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Examines the settings and the WAL senders of a source database's server. */
final class ServerExamination {

    private final Statement statement;
    private final SourceQuestion question;
    private final List<Finding> findings;

    ServerExamination(SourceSession source) {
        statement = source.statement();
        question = source.question();
        findings = source.findings();
    }

    void examine() throws SQLException {
        examineWalSenders();
        Map<String, String> settings = settings();
        examineWalSenderTimeout(number(settings, "wal_sender_timeout"));
        if (number(settings, "idle_replication_slot_timeout") != 0) {
            findings.add(
                    Code.IDLE_SLOT_TIMEOUT.warning(
                            "idle_replication_slot_timeout",
                            "The server gives up a slot that nobody reads for a while: a longer"
                                    + " pause of the capture becomes a gap.",
                            "idle_replication_slot_timeout = "
                                    + settings.get("idle_replication_slot_timeout")
                                    + " s",
                            "Set it to 0, and bound what a slot may hold by"
                                    + " max_slot_wal_keep_size."));
        }
        if (question.dms()) {
            examineForDms(settings);
        }
    }

    private void examineWalSenders() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        "SELECT count(*), current_setting('max_wal_senders')::int FROM"
                                + " pg_stat_replication")) {
            row.next();
            if (row.getLong(1) >= row.getLong(2)) {
                findings.add(
                        Code.NO_FREE_WAL_SENDER.warning(
                                "max_wal_senders",
                                "All WAL senders are in use: a capture that has to connect again"
                                        + " may be refused.",
                                row.getLong(1) + " connected, max_wal_senders = " + row.getLong(2),
                                "Raise max_wal_senders and restart the database."));
            }
        }
    }

    private Map<String, String> settings() throws SQLException {
        Map<String, String> settings = new HashMap<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT name, setting FROM pg_settings WHERE name IN ('wal_sender_timeout',
                            'idle_replication_slot_timeout', 'idle_in_transaction_session_timeout',
                            'max_slot_wal_keep_size')
                        """)) {
            while (row.next()) {
                settings.put(row.getString(1), row.getString(2));
            }
        }
        return settings;
    }

    private void examineWalSenderTimeout(long senderTimeout) {
        String read = "wal_sender_timeout = " + senderTimeout + " ms";
        if (question.dms()) {
            if (senderTimeout > 0 && senderTimeout < 10_000) {
                findings.add(
                        Code.WAL_SENDER_TIMEOUT.error(
                                "wal_sender_timeout",
                                "DMS refuses a wal_sender_timeout below 10 s.",
                                read,
                                "Set it to 0, or from 10 s to below 5 min; 60 s is the default."));
            } else if (senderTimeout >= 300_000) {
                findings.add(
                        Code.WAL_SENDER_TIMEOUT.warning(
                                "wal_sender_timeout",
                                "DMS asks for a wal_sender_timeout below 5 min.",
                                read,
                                "Set it to 0, or from 10 s to below 5 min; 60 s is the default."));
            }
        } else if (senderTimeout == 0 || senderTimeout < 10_000) {
            findings.add(
                    Code.WAL_SENDER_TIMEOUT.warning(
                            "wal_sender_timeout",
                            senderTimeout == 0
                                    ? "Without a wal_sender_timeout a reader whose network is gone keeps"
                                            + " its slot, and its successor is refused."
                                    : "A wal_sender_timeout this short ends the capture when the reader"
                                            + " pauses for a moment.",
                            read,
                            "Set it to 60s, the default; it needs a reload only."));
        }
    }

    private void examineForDms(Map<String, String> settings) {
        String kept = settings.get("max_slot_wal_keep_size");
        if (!"-1".equals(kept)) {
            findings.add(
                    Code.MAX_SLOT_WAL_KEEP_SIZE.warning(
                            "max_slot_wal_keep_size",
                            "DMS documents that its task can fail when what a slot may hold is"
                                    + " limited.",
                            "max_slot_wal_keep_size = " + kept + " MB",
                            "Set it to -1 and watch the slot's lag and the storage; or keep the"
                                    + " limit, knowing that beyond it there is a gap."));
        }
        if (number(settings, "idle_in_transaction_session_timeout") != 0) {
            findings.add(
                    Code.IDLE_TRANSACTION_TIMEOUT.warning(
                            "idle_in_transaction_session_timeout",
                            "It may end a transaction of DMS's, and the task with it.",
                            "idle_in_transaction_session_timeout = "
                                    + settings.get("idle_in_transaction_session_timeout")
                                    + " ms",
                            "Set it to 0, or for DMS's role alone: ALTER ROLE … SET"
                                    + " idle_in_transaction_session_timeout = 0."));
        }
    }

    private static long number(Map<String, String> settings, String name) {
        String value = settings.get(name);
        return value == null ? 0 : Long.parseLong(value);
    }
}
