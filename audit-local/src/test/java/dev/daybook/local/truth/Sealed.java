package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Policy;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Report;
import dev.daybook.seal.Verification;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;

/** Holds an audit log to its seal: where nobody changed it, nothing may be found. */
final class Sealed {

    private static final Duration WAIT = Duration.ofSeconds(90);

    private Sealed() {}

    /**
     * Verifies the log of a data directory, whose pipeline runs.
     *
     * @param auditUrl the audit database's URL, as {@code connection.json} has it
     */
    static Report requireIntact(Path data, String auditUrl, Supplier<String> circumstances)
            throws IOException, SQLException {
        DataDirectory directory = new DataDirectory(data);
        DatabaseUrl audit = DatabaseUrl.parse(auditUrl, Map.of());
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        // A log that has just begun may have nothing yet.
        long deadline = System.nanoTime() + WAIT.toNanos();
        Report report;
        do {
            report =
                    new Verification(
                                    new DirectoryStore(Sealing.log(directory)),
                                    Policy.parse(Files.readString(Sealing.policy(directory))),
                                    Sealing.checkpoints(directory),
                                    WAIT)
                            .run(audit.jdbcUrl(), user, rows -> {});
        } while (report.findings().isEmpty()
                && report.verified() == 0
                && System.nanoTime() < deadline);
        assertThat(report.findings()).as(circumstances::get).isEmpty();
        assertThat(report.unsure()).as(circumstances::get).isEmpty();
        assertThat(report.verified()).isPositive();
        return report;
    }
}
