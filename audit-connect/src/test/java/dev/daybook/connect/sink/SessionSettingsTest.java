package dev.daybook.connect.sink;

import static dev.daybook.connect.sink.TestEntries.entry;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;

/** The sink's session is its own: what a role or a database sets does not change what is stored. */
class SessionSettingsTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);

    @Test
    void settingsOfTheDatabaseAtTheirWorstChangeNothing() throws Exception {
        // Given
        AuditDatabase database = AuditDatabase.create();
        for (String setting :
                new String[] {
                    "statement_timeout = '1s'",
                    "lock_timeout = '100ms'",
                    "idle_in_transaction_session_timeout = '1s'",
                    "idle_session_timeout = '1s'",
                    "default_transaction_isolation = 'serializable'",
                    "default_transaction_read_only = on",
                    "default_transaction_deferrable = on",
                    "search_path = 'nowhere'",
                    "standard_conforming_strings = off",
                    "bytea_output = 'escape'",
                    "datestyle = 'German, DMY'",
                    "intervalstyle = 'sql_standard'",
                    "timezone = 'Asia/Kolkata'",
                    "client_encoding = 'LATIN1'",
                    "extra_float_digits = -15",
                    "row_security = off",
                    "array_nulls = off",
                    "plan_cache_mode = 'force_custom_plan'"
                }) {
            database.set(setting);
        }
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, text(1, "é\\\\'"));
            worker.open(ENTRIES_0);
            worker.drain();

            // When the session idles, and then a batch is held up for longer than all of them
            TimeUnit.MILLISECONDS.sleep(1_300);
            Connection other = database.connect("postgres");
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute("SET TRANSACTION READ WRITE");
                statement.execute("SET LOCAL idle_in_transaction_session_timeout = 0");
                statement.execute("SELECT * FROM audit.sink_offset FOR UPDATE");
            }
            for (int i = 2; i < 60; i++) {
                worker.append("entries", 0, text(i, "é\\\\'"));
            }
            Thread release =
                    new Thread(
                            () -> {
                                try {
                                    TimeUnit.MILLISECONDS.sleep(1_500);
                                    other.close();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            release.start();
            worker.drain();
            release.join();

            // Then
            assertThat(worker.retries).isZero();
            assertThat(
                            database.rows(
                                    "SELECT count(*), min(entity_key), max(committed_at AT TIME"
                                            + " ZONE 'UTC')::date - date '2026-11-22' FROM"
                                            + " audit.entry"))
                    .containsExactly("59|é\\'|0");
        }
    }

    private static String text(int number, String key) {
        return entry(number)
                .replace("\"operation\"", "\"entity_key\":\"" + key + "\",\"operation\"");
    }
}
