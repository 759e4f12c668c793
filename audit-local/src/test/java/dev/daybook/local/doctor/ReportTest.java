package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class ReportTest {

    @Test
    void aReportIsAsBadAsItsWorst() {
        Report report = new Report();
        assertThat(report.exitCode()).isEqualTo(Report.CLEAN);
        report.add("source", "s", List.of());
        assertThat(report.text()).contains("source: s", "No findings.");
        report.add("source", "t", List.of(Code.OTHER_SLOT.info("o", "m", "e", "r")));
        assertThat(report.exitCode()).isEqualTo(Report.CLEAN);
        report.add("source", "u", List.of(Code.NO_TABLES.warning("o", "m", "e", "r")));
        assertThat(report.exitCode()).isEqualTo(Report.WARNINGS);
        report.unreachable("kafka", "k", "It is gone.", "Start it.");
        assertThat(report.exitCode()).isEqualTo(Report.ERRORS);
        assertThat(report.text())
                .contains("ERROR unreachable (k)", "It is gone.", "Do:   Start it.")
                .endsWith("1 errors, 1 warnings, 1 to know.");
    }
}
