package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Examines the tables that are to be audited. */
final class TableExamination {

    private final SourceQuestion question;
    private final List<Finding> findings;
    private final SourceSession source;

    TableExamination(SourceSession source) {
        question = source.question();
        findings = source.findings();
        this.source = source;
    }

    void examine(List<SourceTable> audited) throws SQLException {
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
        // Where the table is captured already, its publication says what is recorded.
        String published = question.dms() ? null : table.publication();
        if (!"daybook".equals(published)) {
            for (SourceTable.Member member : table.members()) {
                if (!member.hasIdentity()) {
                    findings.add(withoutKey(table, member));
                    return;
                }
            }
            boolean full = table.members().stream().anyMatch(m -> m.replicaIdentity() == 'f');
            if (published != null && !full) {
                findings.add(withUnusableKey(table));
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

    /** A key whose columns the write-ahead log lacks, or that not each partition is known by. */
    private static Finding withUnusableKey(SourceTable table) {
        return Code.NO_KEY.warning(
                table.label(),
                table.label()
                        + " has a key that the write-ahead log does not have: its updates and deletes"
                        + " are not recorded.",
                table.partitioned()
                        ? "a partition whose replica identity has not the key's columns"
                        : "a generated column in the key",
                table.partitioned()
                        ? "To have them recorded, give each partition the table's identity: ALTER TABLE"
                                + " … REPLICA IDENTITY DEFAULT."
                        : "To have them recorded, give it a key of columns that are not generated; or"
                                + " ALTER TABLE "
                                + table.label()
                                + " REPLICA IDENTITY FULL, which PostgreSQL 18 takes of a table without"
                                + " generated columns alone.");
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
                why
                        + ", "
                        + table.changed()
                        + " rows updated or deleted, as far as the statistics go back";
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
                                + " not be. The statistics know of none.",
                        evidence,
                        "Nothing, while rows are only added; otherwise " + remedy);
    }

    private void examineGenerated(List<SourceTable> tables) throws SQLException {
        String publishes =
                source.text(
                        """
                        SELECT CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'never'
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
                                                            && !"yes".equals(publishes)))
                            .toList();
            if (missing.isEmpty() || table.unlogged()) {
                continue;
            }
            boolean full = table.members().stream().anyMatch(m -> m.replicaIdentity() == 'f');
            if (full && !"never".equals(publishes)) {
                findings.add(
                        Code.GENERATED_COLUMNS.warning(
                                table.label(),
                                table.label()
                                        + " has REPLICA IDENTITY FULL and a generated column that is"
                                        + " not published: its updates and deletes are not recorded,"
                                        + " for PostgreSQL would refuse them.",
                                list(missing),
                                "Give it a primary key, if it has none, and: ALTER TABLE "
                                        + table.label()
                                        + " REPLICA IDENTITY DEFAULT."));
            } else {
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
                    Code.NO_SELECT.error(
                            table.label(),
                            "The role that DMS is taken to use may not read " + table.label() + ".",
                            "no SELECT on it, or no USAGE on its schema",
                            "GRANT SELECT ON " + table.label() + " and USAGE on its schema."));
        }
        if (table.rowsHidden()) {
            findings.add(
                    Code.ROW_SECURITY.error(
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
}
