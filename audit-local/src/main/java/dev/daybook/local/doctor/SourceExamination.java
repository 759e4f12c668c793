package dev.daybook.local.doctor;

import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.TablePatterns;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Examines a source database: what {@link SourceCheck#findings} examines, and beyond it what a
 * capture that works may still lose or suffer from.
 */
public final class SourceExamination {

    /**
     * Findings of {@link SourceCheck#findings} that the doctor replaces by finer ones: why a table
     * has no key, and a slot only where it needs attention.
     */
    static final Set<String> REPLACED = Set.of("insert-only", "slot");

    /** What matters of that check to DMS, which needs nothing of Daybook's but the context. */
    private static final Set<String> WITH_DMS =
            Set.of(
                    Code.UNSUPPORTED_VERSION.word(),
                    Code.STANDBY.word(),
                    Code.WAL_LEVEL.word(),
                    Code.ENCODING.word(),
                    Code.NO_FREE_SLOT.word());

    private SourceExamination() {}

    /**
     * Returns what is found in a source database. Changes nothing.
     *
     * @param connection as any role; what it may not read is named in a finding
     */
    public static List<Finding> of(Connection connection, SourceQuestion question)
            throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            examine(new SourceSession(connection, statement, question, findings));
        }
        return List.copyOf(findings);
    }

    private static void examine(SourceSession source) throws SQLException {
        SourceQuestion question = source.question();
        addChecks(source);
        boolean prepared = !question.dms() && !source.found(Code.NOT_PREPARED);
        boolean readable = prepared && !source.found(Code.UNREADABLE);
        TablePatterns wanted =
                question.patterns(
                        readable
                                ? source.text(
                                        "SELECT value FROM daybook.setting WHERE name ="
                                                + " 'tables'")
                                : null);
        RoleExamination roles = new RoleExamination(source);
        String role = roles.name();
        List<SourceTable> tables =
                SourceTable.read(source.connection(), role).stream()
                        .filter(table -> wanted.matches(table.schema(), table.name()))
                        .toList();
        DmsObjects dms = new DmsObjects(source);
        new ServerExamination(source).examine();
        dms.examineArtifacts(tables);
        roles.examine(role);
        if (question.dms()) {
            dms.examineContextTable();
        }
        if (readable) {
            roles.examineClaims();
        }
        if (prepared) {
            new PublicationExamination(source).examine(tables);
        }
        new SlotExamination(source).examine(readable);
        List<SourceTable> audited =
                tables.stream().filter(table -> !table.isDmsArtifact()).toList();
        if (audited.isEmpty()) {
            addNoTables(source);
        }
        new TableExamination(source).examine(audited);
    }

    private static void addChecks(SourceSession source) throws SQLException {
        for (Finding finding : SourceCheck.findings(source.connection())) {
            if (source.question().dms()
                    ? WITH_DMS.contains(finding.code())
                    : !REPLACED.contains(finding.code())) {
                source.findings().add(finding);
            }
        }
    }

    private static void addNoTables(SourceSession source) throws SQLException {
        String tables = source.question().tables();
        source.findings()
                .add(
                        Code.NO_TABLES.warning(
                                source.connection().getCatalog(),
                                "No table matches what is to be audited.",
                                "patterns: " + (tables == null ? "as prepared" : tables),
                                "Check the pattern: schema.table, with * for any characters, such"
                                        + " as public.*"));
    }
}
