package dev.daybook.local.doctor;

import dev.daybook.source.Finding;
import dev.daybook.source.SourcePreparation;
import dev.daybook.source.TablePatterns;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks at a source database: what {@link SourcePreparation#check} looks at, and beyond it what a
 * capture that works may still lose or suffer from.
 */
public final class SourceExamination {

    /**
     * Findings of {@link SourcePreparation#check} that the doctor says more finely: why a table has
     * no key, and a slot only where something is the matter with it.
     */
    static final Set<String> SAID_OTHERWISE = Set.of("insert-only", "slot");

    /**
     * What is left of that check where DMS captures, which needs nothing of Daybook's but the
     * context.
     */
    private static final Set<String> WITH_DMS =
            Set.of("unsupported-version", "standby", "wal-level", "encoding", "no-free-slot");

    /** The role that the cloud pipeline lets DMS log in as. */
    private static final String DMS_ROLE = "daybook_dms";

    private static final long MEBIBYTE = 1024 * 1024;
    private static final long MUCH_WAL = 64 * MEBIBYTE;
    private static final long FAR_BEHIND = 1024 * MEBIBYTE;

    private final Statement statement;
    private final Connection connection;
    private final SourceQuestion question;
    private final List<Finding> findings = new ArrayList<>();

    private SourceExamination(Connection connection, Statement statement, SourceQuestion question) {
        this.connection = connection;
        this.statement = statement;
        this.question = question;
    }

    /**
     * What is found in a source database. Changes nothing.
     *
     * @param connection as any role; what it may not read is named in a finding
     */
    public static List<Finding> of(Connection connection, SourceQuestion question)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            SourceExamination examination = new SourceExamination(connection, statement, question);
            examination.examine();
            return List.copyOf(examination.findings);
        }
    }

    private void examine() throws SQLException {
        for (Finding finding : SourcePreparation.check(connection)) {
            boolean kept =
                    question.dms()
                            ? WITH_DMS.contains(finding.code())
                            : !SAID_OTHERWISE.contains(finding.code());
            if (kept) {
                findings.add(finding);
            }
        }
        boolean prepared = !question.dms() && !found("not-prepared");
        boolean readable = prepared && !found("unreadable");
        String role = role();
        TablePatterns wanted =
                question.patterns(
                        readable
                                ? text(
                                        "SELECT value FROM daybook.setting WHERE name ="
                                                + " 'tables'")
                                : null);
        List<SourceTable> tables =
                SourceTable.read(connection, role).stream()
                        .filter(table -> wanted.matches(table.schema(), table.name()))
                        .toList();
        examineServer();
        examineArtifacts(tables);
        Map<String, String> settings = settings();
        examineSettings(settings);
        if (question.dms()) {
            examineDmsRole(role);
            examineContextTable();
            examineDmsSlots();
        } else {
            examineCaptureRole();
        }
        if (prepared) {
            examinePublications(tables);
        }
        if (readable) {
            examineOwnSlots();
        }
        examineOtherSlots(readable);
        List<SourceTable> audited =
                tables.stream().filter(table -> !table.isDmsArtifact()).toList();
        if (audited.isEmpty()) {
            findings.add(
                    Code.NO_TABLES.warning(
                            connection.getCatalog(),
                            "No table matches what is to be audited.",
                            "patterns: "
                                    + (question.tables() == null
                                            ? "as prepared"
                                            : question.tables()),
                            "Check the pattern: schema.table, with * for any characters, such as"
                                    + " public.*"));
        }
        for (SourceTable table : audited) {
            if (table.unlogged()) {
                findings.add(
                        Code.UNLOGGED.warning(
                                table.label(),
                                table.label() + " is unlogged: none of its changes is recorded.",
                                "relpersistence = u",
                                "ALTER TABLE "
                                        + table.label()
                                        + " SET LOGGED; or leave it out of the pattern on"
                                        + " purpose."));
                continue;
            }
            examineIdentity(table);
            if (question.dms()) {
                examineForDms(table);
            }
        }
        if (!question.dms()) {
            examineGenerated(audited);
        }
    }

    // The server ----------------------------------------------------------------------------------

    private void examineServer() throws SQLException {
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

    private void examineSettings(Map<String, String> settings) {
        long senderTimeout = number(settings, "wal_sender_timeout");
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
            String kept = settings.get("max_slot_wal_keep_size");
            if (!"-1".equals(kept)) {
                findings.add(
                        new Finding(
                                Finding.Severity.WARNING,
                                "max-slot-wal-keep-size",
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
    }

    // The roles -----------------------------------------------------------------------------------

    /** The role that captures, or who asks where there is none. */
    private String role() throws SQLException {
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
                            new Finding(
                                    Finding.Severity.ERROR,
                                    "role",
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

    private void examineContextTable() throws SQLException {
        if (text("SELECT to_regclass('daybook.transaction_context')::text") == null) {
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

    // Publications and slots ----------------------------------------------------------------------

    private void examinePublications(List<SourceTable> tables) throws SQLException {
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
                } else if (!row.getBoolean(2) && !found("slot-behind", slot)) {
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
                            new Finding(
                                    Finding.Severity.ERROR,
                                    "slot-lost",
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
                            new Finding(
                                    Finding.Severity.WARNING,
                                    "slot-behind",
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
                if (own.contains(slot) || dms || found("slot-behind", slot)) {
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

    // DMS's own objects ---------------------------------------------------------------------------

    private void examineArtifacts(List<SourceTable> tables) throws SQLException {
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
                if (!found(Code.DMS_ARTIFACT_CAPTURED.word(), row.getString(1))) {
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

    // Tables --------------------------------------------------------------------------------------

    private void examineIdentity(SourceTable table) {
        for (SourceTable.Member member : table.members()) {
            if (member.replicaIdentity() == 'n') {
                findings.add(
                        Code.IDENTITY_NOTHING.warning(
                                member.label(),
                                "Its updates and deletes are not recorded: REPLICA IDENTITY"
                                        + " NOTHING keeps the row's key out of the WAL.",
                                "relreplident = n",
                                "ALTER TABLE " + member.label() + " REPLICA IDENTITY DEFAULT."));
                return;
            }
        }
        for (SourceTable.Member member : table.members()) {
            if (!member.hasIdentity()) {
                findings.add(withoutKey(table, member));
                return;
            }
        }
        for (SourceTable.Member member : table.members()) {
            if (!member.hasKey()) {
                findings.add(
                        Code.FULL_WITHOUT_KEY.info(
                                table.label(),
                                "Its changes are recorded with whole rows, but no key says which"
                                        + " row: entries are found by time, table and transaction.",
                                "relreplident = f, and no primary key",
                                "Give it a primary key, if it has one by its meaning."));
                return;
            }
        }
        for (SourceTable.Member member : table.members()) {
            String columns = member.identityColumns();
            if (member.replicaIdentity() == 'i'
                    && columns != null
                    && !columns.equals(member.primaryKey())) {
                String evidence =
                        "relreplident = i, index "
                                + member.identityIndex()
                                + (member.primaryKey() == null ? ", no primary key" : "");
                String remedy = "ALTER TABLE " + member.label() + " REPLICA IDENTITY DEFAULT.";
                findings.add(
                        question.dms()
                                ? Code.IDENTITY_INDEX.warning(
                                        member.label(),
                                        "What DMS does with REPLICA IDENTITY USING INDEX is not"
                                                + " documented.",
                                        evidence,
                                        remedy)
                                : Code.IDENTITY_INDEX.info(
                                        member.label(),
                                        "Its rows are known by the columns of an index other than"
                                                + " the primary key.",
                                        evidence,
                                        "Nothing, if that is what you want; otherwise: " + remedy));
                return;
            }
        }
        if (question.dms()
                && table.members().stream().anyMatch(member -> member.replicaIdentity() == 'd')) {
            findings.add(
                    Code.IDENTITY_DEFAULT.info(
                            table.label(),
                            "DMS sends no before-image but the key, and only the key of a deleted"
                                    + " row; earlier entries stand in for the rest.",
                            "relreplident = d",
                            "ALTER TABLE "
                                    + table.label()
                                    + " REPLICA IDENTITY FULL, for more WAL, if every before-value"
                                    + " must be the database's own word."));
        }
    }

    /**
     * A table that is only written to is recorded whole without a key, and only worth knowing of.
     */
    private Finding withoutKey(SourceTable table, SourceTable.Member member) {
        String label = table.label();
        String why =
                member.deferrable()
                        ? "its primary key is deferrable"
                        : member.primaryKey() == null ? "no primary key" : "no usable key";
        String evidence =
                why + ", " + table.changed() + " rows updated or deleted so far (statistics)";
        String remedy =
                "give it a primary key; or ALTER TABLE "
                        + member.label()
                        + " REPLICA IDENTITY FULL, for more WAL.";
        return table.changed() > 0
                ? Code.NO_KEY.warning(
                        label,
                        label + " has no key: its updates and deletes are not recorded.",
                        evidence,
                        "To have them recorded, " + remedy)
                : Code.NO_KEY.info(
                        label,
                        label
                                + " has no key: its inserts are recorded, updates and deletes would"
                                + " not be. There have been none.",
                        evidence,
                        "Nothing, while rows are only added; otherwise " + remedy);
    }

    private void examineGenerated(List<SourceTable> tables) throws SQLException {
        String publishes =
                text(
                        """
                        SELECT CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'no'
                                    WHEN (SELECT bool_and(to_jsonb(p) ->> 'pubgencols' = 's')
                                          FROM pg_publication p
                                          WHERE pubname IN ('daybook', 'daybook_insert_only')) IS FALSE
                                    THEN 'no' ELSE 'yes' END
                        """);
        for (SourceTable table : tables) {
            List<SourceTable.Column> missing =
                    table.columns().stream()
                            .filter(
                                    column ->
                                            column.generated().equals("v")
                                                    || (column.generated().equals("s")
                                                            && "no".equals(publishes)))
                            .toList();
            if (!missing.isEmpty() && !table.unlogged()) {
                findings.add(
                        Code.GENERATED_COLUMNS.info(
                                table.label(),
                                "Its generated columns are not in the WAL, and unknown in its"
                                        + " entries.",
                                list(missing),
                                "Nothing: their values follow from the others. Stored ones are"
                                        + " published by PostgreSQL 18 and newer, after"
                                        + " \"source prepare\"."));
            }
        }
    }

    private void examineForDms(SourceTable table) {
        DmsTask task = question.task();
        if (task != null && !task.includes(table)) {
            findings.add(
                    Code.DMS_MAPPING_TABLE.warning(
                            table.label(),
                            "The task's mappings leave " + table.label() + " out.",
                            "no include rule matches it, or an exclude rule does",
                            "Include it, or narrow --tables."));
            return;
        }
        if (!table.readableByRole()) {
            findings.add(
                    new Finding(
                            Finding.Severity.ERROR,
                            "no-select",
                            table.label(),
                            "The role that DMS is taken to use may not read " + table.label() + ".",
                            "no SELECT on it, or no USAGE on its schema",
                            "GRANT SELECT ON " + table.label() + " and USAGE on its schema."));
        }
        if (table.rowsHidden()) {
            findings.add(
                    new Finding(
                            Finding.Severity.ERROR,
                            "row-security",
                            table.label(),
                            table.label() + " has row security, which keeps rows from its load.",
                            "relrowsecurity is set, and DMS's role has no BYPASSRLS",
                            "ALTER ROLE … BYPASSRLS for DMS's role."));
        }
        if (table.partitioned()) {
            findings.add(
                    Code.PARTITIONED_WITH_DMS.warning(
                            table.label(),
                            "DMS reads a partitioned table by its partitions, so entries come under"
                                    + " their names.",
                            "relkind = p",
                            "Include the partitions in the mappings, and ask for them by name."));
        }
        List<SourceTable.Column> lobs =
                table.columns().stream().filter(SourceTable.Column::isLob).toList();
        if (!lobs.isEmpty()) {
            examineLobs(
                    table,
                    lobs,
                    task == null ? DmsTask.DEFAULT_LOB_KILOBYTES : task.lobKilobytes());
        }
        List<SourceTable.Column> unscaled =
                table.columns().stream().filter(SourceTable.Column::isUnscaledNumeric).toList();
        if (!unscaled.isEmpty()) {
            findings.add(
                    Code.UNSCALED_NUMERIC.warning(
                            table.label(),
                            "DMS rounds a numeric without precision to six decimal places.",
                            list(unscaled),
                            "Set mapUnboundedNumericAsString=true in the source endpoint's extra"
                                    + " connection attributes, or declare numeric(p, s)."));
        }
    }

    private void examineLobs(SourceTable table, List<SourceTable.Column> lobs, long kilobytes) {
        boolean primaryKey =
                table.members().stream().allMatch(member -> member.primaryKey() != null);
        if (!primaryKey) {
            findings.add(
                    Code.LOB_WITHOUT_KEY.warning(
                            table.label(),
                            "DMS leaves large columns of a table without primary key out, or"
                                    + " suspends the table.",
                            list(lobs),
                            "Give it a primary key."));
            return;
        }
        boolean large = lobs.stream().anyMatch(column -> column.averageBytes() > kilobytes * 1024);
        String message =
                "DMS takes these columns for large objects: values over "
                        + kilobytes
                        + " kB are cut off, or stop the task.";
        String evidence = list(lobs) + (large ? "; on average longer than that (statistics)" : "");
        String remedy =
                "SELECT max(octet_length("
                        + lobs.getFirst().name()
                        + "::text)) FROM "
                        + table.label()
                        + " says what LobMaxSize must hold; and set failTasksOnLobTruncation=true"
                        + " on the source endpoint.";
        findings.add(
                large
                        ? Code.LOB_COLUMNS.warning(table.label(), message, evidence, remedy)
                        : Code.LOB_COLUMNS.info(table.label(), message, evidence, remedy));
    }

    private static String list(List<SourceTable.Column> columns) {
        return columns.stream().map(SourceTable.Column::toString).collect(Collectors.joining(", "));
    }

    private boolean found(String code) {
        return findings.stream().anyMatch(finding -> finding.code().equals(code));
    }

    private boolean found(String code, String object) {
        return findings.stream()
                .anyMatch(
                        finding -> finding.code().equals(code) && finding.object().equals(object));
    }

    private @Nullable String text(String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    private static long number(Map<String, String> settings, String name) {
        String value = settings.get(name);
        return value == null ? 0 : Long.parseLong(value);
    }
}
