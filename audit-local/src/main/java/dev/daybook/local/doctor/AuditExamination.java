package dev.daybook.local.doctor;

import dev.daybook.contract.Topic;
import dev.daybook.source.Finding;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks at the audit database: whether the log can only grow, whether the sink keeps up, and what
 * could not be recorded lately. Needs no more than {@code daybook_reader} may.
 */
public final class AuditExamination {

    private static final String MIGRATE =
            "Apply db/migrations to it (docs/reference/audit-database.md).";

    private final Statement statement;
    private final @Nullable KafkaExamination kafka;
    private final List<Finding> findings = new ArrayList<>();

    private AuditExamination(Statement statement, @Nullable KafkaExamination kafka) {
        this.statement = statement;
        this.kafka = kafka;
    }

    /**
     * Returns what is found in an audit database.
     *
     * @param kafka the cluster that its sink reads; null if it is not known, and the sink's lag
     *     then is not either
     */
    public static List<Finding> of(Connection connection, @Nullable KafkaExamination kafka)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            AuditExamination examination = new AuditExamination(statement, kafka);
            examination.examine();
            return List.copyOf(examination.findings);
        }
    }

    private void examine() throws SQLException {
        List<String> missing =
                texts(
                        """
                        SELECT 'audit.' || name FROM unnest(ARRAY['entry', 'transaction', 'rejected',
                            'sink_offset', 'watermark', 'read_until', 'api_key', 'retention', 'gap', 'part', 'read', 'stream', 'segment',
                            'completeness', 'standstill', 'replay', 'replay_outcome']) AS name
                        WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                                          WHERE n.nspname = 'audit' AND c.relname = name)
                        """);
        if (!missing.isEmpty()) {
            findings.add(
                    Code.AUDIT_NOT_MIGRATED.error(
                            "the schema audit",
                            "It is not, or not wholly, an audit database.",
                            "missing: " + String.join(", ", missing),
                            MIGRATE));
            return;
        }
        examineAppendOnly();
        examinePrivileges();
        examinePartitions();
        examineRejected();
        examineWatermarks();
        findings.addAll(IncompletenessExamination.of(statement));
        if (kafka != null) {
            examineSink(kafka);
        }
    }

    private void examineAppendOnly() throws SQLException {
        // BEFORE, DELETE, UPDATE and TRUNCATE are the bits 2, 8, 16 and 32.
        for (String table :
                texts(
                        """
                        SELECT 'audit.' || c.relname FROM pg_class c
                        JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = 'audit'
                          AND (c.relkind IN ('r', 'p')
                                   AND c.relname IN ('entry', 'transaction', 'rejected', 'read', 'retention', 'stream', 'segment',
                                       'replay', 'replay_outcome')
                               OR c.oid IN (SELECT i.inhrelid FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                                            WHERE p.relnamespace = n.oid AND p.relname IN ('entry', 'transaction')
                                              AND p.relkind = 'p'))
                          AND NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
                                          WHERE t.tgrelid = c.oid AND f.proname = 'refuse_change'
                                            AND t.tgenabled = 'A' AND t.tgtype & 58 = 58)
                        ORDER BY 1
                        """)) {
            findings.add(
                    Code.APPEND_ONLY_TRIGGER.error(
                            table,
                            "Rows of it can be changed and removed.",
                            "the trigger append_only is missing, or does not fire always",
                            "Find out who took it away; then, as daybook_owner: DROP TRIGGER IF"
                                    + " EXISTS append_only ON "
                                    + table
                                    + "; SELECT audit.make_append_only('"
                                    + table
                                    + "')."));
        }
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT 'audit.' || c.relname, coalesce(g.rolname::text, 'PUBLIC'),
                               string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
                        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
                        WHERE n.nspname = 'audit' AND c.relkind IN ('r', 'p')
                          AND (c.relname IN ('entry', 'transaction', 'rejected', 'read', 'retention', 'replay', 'replay_outcome')
                               OR c.oid IN (SELECT i.inhrelid FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                                            WHERE p.relnamespace = n.oid))
                          AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
                          AND a.grantee <> c.relowner
                        GROUP BY 1, 2 ORDER BY 1, 2
                        """)) {
            while (row.next()) {
                findings.add(
                        Code.APPEND_ONLY_PRIVILEGE.error(
                                row.getString(1),
                                "Someone beside its owner is allowed to change or remove its rows.",
                                row.getString(2) + " has " + row.getString(3),
                                "REVOKE "
                                        + row.getString(3)
                                        + " ON "
                                        + row.getString(1)
                                        + " FROM "
                                        + row.getString(2)
                                        + "."));
            }
        }
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT r.rolname, CASE WHEN r.rolsuper THEN 'a superuser' ELSE 'a member of the owner' END
                        FROM pg_roles r
                        WHERE r.rolname IN ('daybook_writer', 'daybook_reader', 'daybook_sealer')
                          AND (r.rolsuper OR EXISTS (
                               SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                               WHERE n.nspname = 'audit' AND c.relname = 'entry'
                                 AND pg_has_role(r.oid, c.relowner, 'MEMBER')))
                        ORDER BY 1
                        """)) {
            while (row.next()) {
                findings.add(
                        Code.APPEND_ONLY_PRIVILEGE.error(
                                row.getString(1),
                                "A role that is to insert, or to read, could alter the audit"
                                        + " tables.",
                                row.getString(1) + " is " + row.getString(2),
                                "Take that away from it; it has no need of it."));
            }
        }
    }

    private void examinePrivileges() throws SQLException {
        for (String lacking :
                texts(
                        """
                        SELECT format('%s: %s on audit.%s', w.role, w.privilege, w.name)
                        FROM (VALUES
                            ('daybook_writer', 'INSERT', 'entry'), ('daybook_writer', 'INSERT', 'transaction'),
                            ('daybook_writer', 'INSERT', 'rejected'), ('daybook_writer', 'INSERT', 'replay_outcome'),
                            ('daybook_reader', 'SELECT', 'replay'), ('daybook_reader', 'SELECT', 'open_replay'),
                            ('daybook_writer', 'SELECT', 'sink_offset'), ('daybook_writer', 'INSERT', 'sink_offset'),
                            ('daybook_writer', 'UPDATE', 'sink_offset'), ('daybook_writer', 'SELECT', 'watermark'),
                            ('daybook_writer', 'INSERT', 'watermark'), ('daybook_writer', 'UPDATE', 'watermark'),
                            ('daybook_writer', 'SELECT', 'read_until'), ('daybook_writer', 'INSERT', 'read_until'),
                            ('daybook_writer', 'UPDATE', 'read_until'),
                            ('daybook_writer', 'SELECT', 'stream'), ('daybook_writer', 'SELECT', 'segment'),
                            ('daybook_writer', 'INSERT', 'segment'),
                            ('daybook_reader', 'SELECT', 'entry'), ('daybook_reader', 'SELECT', 'transaction'),
                            ('daybook_reader', 'SELECT', 'rejected'), ('daybook_reader', 'SELECT', 'watermark'),
                            ('daybook_reader', 'SELECT', 'sink_offset'), ('daybook_reader', 'SELECT', 'api_key'),
                            ('daybook_sealer', 'SELECT', 'entry'), ('daybook_sealer', 'SELECT', 'transaction'),
                            ('daybook_sealer', 'SELECT', 'rejected'), ('daybook_sealer', 'SELECT', 'segment'),
                            ('daybook_sealer', 'SELECT', 'stream'), ('daybook_sealer', 'SELECT', 'known_gap')
                        ) AS w (role, privilege, name)
                        JOIN pg_namespace n ON n.nspname = 'audit'
                        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
                        LEFT JOIN pg_roles r ON r.rolname = w.role
                        WHERE r.oid IS NULL OR NOT has_table_privilege(r.oid, c.oid, w.privilege)
                           OR NOT has_schema_privilege(r.oid, n.oid, 'USAGE')
                        ORDER BY 1
                        """)) {
            int colon = lacking.indexOf(':');
            findings.add(
                    Code.AUDIT_PRIVILEGE.error(
                            lacking.substring(0, colon),
                            "It lacks a privilege that the migrations give it.",
                            "missing: " + lacking.substring(colon + 2),
                            "GRANT "
                                    + lacking.substring(colon + 2).replace(" on ", " ON ")
                                    + " TO "
                                    + lacking.substring(0, colon)
                                    + ", and USAGE on the schema audit."));
        }
    }

    private void examinePartitions() throws SQLException {
        List<String> missing =
                texts(
                        """
                        SELECT format('audit.%s_%s', parent, to_char(month, 'YYYY_MM'))
                        FROM unnest(ARRAY['entry', 'transaction']) AS parent,
                             generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                                             date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month',
                                             interval '1 month') AS month
                        WHERE NOT EXISTS (
                            SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                            JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
                            WHERE n.nspname = 'audit' AND p.relname = parent
                              AND c.relname = parent || to_char(month, '_YYYY_MM'))
                        ORDER BY 1
                        """);
        if (!missing.isEmpty()) {
            findings.add(
                    Code.PARTITION_MISSING.warning(
                            String.join(", ", missing),
                            "Months that the sink keeps ready are missing: it has not run for weeks,"
                                    + " or may not make them.",
                            "there are no such partitions",
                            "See the sink's log; SELECT audit.ensure_partitions(now(), now() +"
                                    + " interval '3 months')."));
        }
        for (String partition :
                texts(
                        """
                        SELECT 'audit.' || c.relname
                        FROM pg_partitioned_table t JOIN pg_class c ON c.oid = t.partdefid
                        JOIN pg_class p ON p.oid = t.partrelid JOIN pg_namespace n ON n.oid = p.relnamespace
                        WHERE n.nspname = 'audit' AND p.relname IN ('entry', 'transaction') ORDER BY 1
                        """)) {
            findings.add(
                    Code.DEFAULT_PARTITION.warning(
                            partition,
                            "A default partition holds back the making of months, and retention does"
                                    + " not reach what is in it.",
                            "it is the default partition of its table",
                            "Move its rows away and drop it; the sink makes every month that it"
                                    + " needs."));
        }
    }

    private void examineRejected() throws SQLException {
        long total = 0;
        List<String> codes = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT stage, code, count(*) FROM audit.rejected
                        WHERE rejected_at >= now() - interval '1 day' AND code NOT IN (SELECT code FROM audit.incident)
                        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
                        """)) {
            while (row.next()) {
                total += row.getLong(3);
                codes.add(row.getLong(3) + " " + row.getString(1) + "/" + row.getString(2));
            }
        }
        if (total > 0) {
            findings.add(
                    Code.REJECTED_LATELY.warning(
                            "audit.rejected",
                            total + " records could not be recorded within the last day.",
                            String.join(", ", codes),
                            "GET /rejected shows them with their reasons; the codes are in"
                                    + " docs/reference/ingest.md and sink-connector.md."));
        }
    }

    private void examineWatermarks() throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        """
                        SELECT source, count(*), max(changes_partitions::bigint * entries_partitions),
                               completeness.complete_until::text,
                               completeness.complete_until < now() - interval '5 minutes'
                                   AND source NOT IN (SELECT source FROM audit.standstill),
                               max(changes_partitions), max(entries_partitions)
                        FROM audit.watermark JOIN audit.completeness USING (source)
                        GROUP BY source, completeness.complete_until ORDER BY 1
                        """)) {
            while (row.next()) {
                String source = row.getString(1);
                if (row.getString(4) == null) {
                    findings.add(
                            Code.COMPLETENESS_UNKNOWN.warning(
                                    source,
                                    "Up to when its log is complete is not known yet.",
                                    row.getLong(2)
                                            + " of "
                                            + row.getLong(3)
                                            + " pairs of partitions have reported",
                                    "Wait for a heartbeat through each partition; if it stays, the"
                                            + " partition counts are not what the connectors were"
                                            + " told."));
                } else if (row.getBoolean(5)) {
                    findings.add(
                            Code.LOG_BEHIND.warning(
                                    source,
                                    "Its log is complete only until a while ago.",
                                    "complete_until = " + row.getString(4),
                                    "See which part is behind: the slot, the ingest's lag, the sink's"
                                            + " lag; or whether the capture runs at all."));
                }
                if (kafka != null) {
                    differs(kafka, source, Topic.changesOf(source), row.getInt(6));
                    String entries = kafka.only(Topic.Names.ENTRIES);
                    if (entries != null) {
                        differs(kafka, source, entries, row.getInt(7));
                    }
                }
            }
        }
    }

    private void differs(KafkaExamination cluster, String source, String topic, int told) {
        if (cluster.topics().contains(topic) && cluster.partitions(topic) != told) {
            findings.add(
                    Code.PARTITIONS_DIFFER.error(
                            topic,
                            "A connector was told another number of partitions than the topic has:"
                                    + " how far the log of "
                                    + source
                                    + " is complete is not to be believed.",
                            "the topic has "
                                    + cluster.partitions(topic)
                                    + ", the watermarks say "
                                    + told,
                            "Set topic.partitions of the source connector and entries.partitions of"
                                    + " the sink to what the topics have, and restart them."));
        }
    }

    private void examineSink(KafkaExamination cluster) throws SQLException {
        Map<Partition, Long> stored = new HashMap<>();
        try (ResultSet row =
                statement.executeQuery(
                        "SELECT topic, partition, max(next_offset) FROM audit.sink_offset GROUP BY"
                                + " 1, 2")) {
            while (row.next()) {
                stored.put(new Partition(row.getString(1), row.getInt(2)), row.getLong(3));
            }
        }
        Map<String, Long> lags = new TreeMap<>();
        List<String> never = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        for (String role :
                List.of(Topic.Names.ENTRIES, Topic.Names.TRANSACTIONS, Topic.Names.REJECTED)) {
            String topic = cluster.only(role);
            if (topic == null) {
                continue;
            }
            for (int number = 0; number < cluster.partitions(topic); number++) {
                Partition partition = new Partition(topic, number);
                long begin = cluster.begins().getOrDefault(partition, 0L);
                long end = cluster.ends().getOrDefault(partition, begin);
                Long next = stored.get(partition);
                if (next == null && end > begin) {
                    never.add(partition.toString());
                } else if (next != null && next < begin) {
                    lost.add(partition + ": " + next + " to " + begin);
                }
                long from = next == null ? begin : Math.max(next, begin);
                lags.merge(topic, Math.max(0, end - from), Long::sum);
            }
        }
        if (!lost.isEmpty()) {
            findings.add(
                    Code.SINK_LOSS.error(
                            "audit.sink_offset",
                            "Entries were thrown away before the sink had stored them.",
                            String.join("; ", lost),
                            "Let the ingest read the changes of that time again, while their topic"
                                    + " has them; and raise the retention."));
        }
        if (!never.isEmpty()) {
            findings.add(
                    Code.SINK_LAG.warning(
                            String.join(", ", never),
                            "The sink has never stored anything of it.",
                            "there are records, and no row in audit.sink_offset",
                            "See that the sink runs, and that its setting topics names it."));
        }
        lags.forEach(
                (topic, lag) -> {
                    if (lag > KafkaExamination.MUCH_LAG) {
                        findings.add(
                                Code.SINK_LAG.warning(
                                        topic,
                                        "The sink is behind.",
                                        lag + " records are not stored",
                                        "Look again in a minute: if the number grows, see the"
                                                + " sink's log and give it more tasks, up to the"
                                                + " number of partitions."));
                    }
                });
    }

    private List<String> texts(String query) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                texts.add(row.getString(1));
            }
        }
        return texts;
    }
}
