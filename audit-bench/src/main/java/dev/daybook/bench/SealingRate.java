package dev.daybook.bench;

import dev.daybook.contract.Topic;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Sealer;
import dev.daybook.seal.SealerSettings;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Measures how fast a sealer seals what it was told: another log, from the topic's beginning. */
final class SealingRate {

    private static final Duration QUIET = Duration.ofSeconds(5);

    private SealingRate() {}

    static void run(LocalPipeline pipeline, Path directory)
            throws IOException, SQLException, InterruptedException {
        ConnectionInfo connection = pipeline.connection();
        DatabaseUrl audit = pipeline.auditAdministrator();
        long rows = rows(audit);
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        SealerSettings settings =
                new SealerSettings(
                        new DirectoryStore(directory.resolve("another-log")),
                        NoteSigner.generate("daybook.local/bench"),
                        audit.jdbcUrl(),
                        user,
                        Map.of(
                                "bootstrap.servers",
                                connection.kafka(),
                                "security.protocol",
                                "SASL_PLAINTEXT",
                                "sasl.mechanism",
                                "PLAIN",
                                "sasl.jaas.config",
                                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";"
                                        .formatted(
                                                connection.kafkaUser(),
                                                connection.kafkaPassword())),
                        Topic.SEGMENTS.defaultName(),
                        List.of(),
                        Duration.ZERO);
        long began = System.nanoTime();
        long last = began;
        long leaves = 0;
        try (Sealer sealer = Sealer.start(settings, Clock.systemUTC())) {
            while (System.nanoTime() - last < QUIET.toNanos()) {
                long now = sealer.state().leaves();
                if (now != leaves) {
                    leaves = now;
                    last = System.nanoTime();
                }
                Thread.sleep(20);
            }
        }
        double seconds = (last - began) / 1e9;
        EvidenceBench.say(
                "Sealing %,d rows from the topic's beginning: %.1f s, %,.0f rows/s, in %,d leaves.",
                rows, seconds, rows / seconds, leaves);
    }

    private static long rows(DatabaseUrl audit) throws SQLException {
        try (Connection database = Workload.connect(audit);
                Statement statement = database.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT (SELECT count(*) FROM audit.entry WHERE place IS NOT NULL)
                                  + (SELECT count(*) FROM audit.transaction WHERE place IS NOT NULL)""")) {
            row.next();
            return row.getLong(1);
        }
    }
}
