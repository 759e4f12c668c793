package dev.daybook.connect.sink;

import static dev.daybook.connect.sink.TestEntries.entry;
import static dev.daybook.connect.sink.TestEntries.id;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

/** One identity has one content: another change under it is never dropped in silence. */
class SameIdentityTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);
    private static final TopicPartition ENTRIES_1 = new TopicPartition("entries", 1);
    private static final TopicPartition REJECTED_0 = new TopicPartition("rejected", 0);
    private static final String TIME = "2026-03-01T08:00:00.000000Z";

    private static final String REJECTED =
            "SELECT stage, code, source, table_name, topic, partition, record_offset,"
                    + " convert_from(record_value, 'UTF8'), reason LIKE '%' || '"
                    + id(7, TIME)
                    + "' || '%' FROM audit.rejected ORDER BY record_offset";

    private AuditDatabase database;

    @BeforeEach
    void create() {
        database = AuditDatabase.create();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void anotherChangeUnderAStoredIdentityIsRejectedWithItsBytes(int others) throws Exception {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            worker.append("entries", 0, change("20", "x"));
            worker.open(ENTRIES_0, ENTRIES_1);
            worker.drain();

            // When
            worker.append("entries", 1, change("21", "x"));
            for (int i = 1; i < others; i++) {
                worker.append("entries", 1, entry(1_000 + i));
            }
            worker.drain();

            // Then
            assertThat(database.rows("SELECT after FROM audit.entry WHERE sequence = 7"))
                    .containsExactly("{\"id\":20}");
            assertThat(database.rows("SELECT count(*) FROM audit.entry"))
                    .containsExactly(String.valueOf(others));
            assertThat(database.rows(REJECTED))
                    .containsExactly(
                            "sink|identity-collision|shop|public.t|entries|1|0|"
                                    + change("21", "x")
                                    + "|t");
            assertThat(worker.figure("Collisions")).isEqualTo(1L);
            assertThat(worker.figure("Rejected")).isEqualTo(1L);
            assertThat(worker.figure("Duplicates")).isEqualTo(0L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void anotherChangeWithinOneBatchIsRejectedWithItsBytes(int others) throws Exception {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            worker.append("entries", 0, change("20", "x"));
            for (int i = 1; i < others; i++) {
                worker.append("entries", 0, entry(1_000 + i));
            }
            worker.append("entries", 0, change("21", "x"));
            worker.append("entries", 0, change("20", "x"));

            // When
            worker.open(ENTRIES_0);
            worker.drain();

            // Then
            assertThat(database.rows("SELECT after FROM audit.entry WHERE sequence = 7"))
                    .containsExactly("{\"id\":20}");
            assertThat(database.rows(REJECTED))
                    .containsExactly(
                            "sink|identity-collision|shop|public.t|entries|0|"
                                    + others
                                    + "|"
                                    + change("21", "x")
                                    + "|t");
            assertThat(worker.figure("Collisions")).isEqualTo(1L);
            assertThat(worker.figure("Duplicates")).isEqualTo(1L);
        }
    }

    @Test
    void aRepetitionStaysSilentAlsoWhereMoreIsKnownOfItsTable() throws Exception {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            worker.append("entries", 0, change("20", "x"));
            worker.open(ENTRIES_0);
            worker.drain();

            // When the key, the actor and the number at which a record stands are others
            worker.append(
                    "entries",
                    0,
                    change("20", "anna")
                            .replace("\"entity_key\":null", "\"entity_key\":\"20\"")
                            .replace("\"sequence\":7", "\"sequence\":8"));
            worker.drain();

            // Then
            assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("1");
            assertThat(database.rows("SELECT * FROM audit.rejected")).isEmpty();
            assertThat(worker.figure("Duplicates")).isEqualTo(1L);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "\"source\":\"shop\"@\"source\":\"mill\"",
                "\"table_name\":\"public.t\"@\"table_name\":\"public.u\"",
                "\"operation\":\"insert\"@\"operation\":\"update\"",
                "\"transaction_id\":5@\"transaction_id\":6",
                "\"transaction_id\":5@\"transaction_id\":null",
                "\"position\":\"p\"@\"position\":null",
                "\"after\":{\"id\":20}@\"after\":{\"id\":20.0}",
                "\"after\":{\"id\":20}@\"after\":null",
                "\"before\":null@\"before\":{\"id\":20}"
            })
    void everythingThatTheChangeRecordSaysIsCompared(String was, String is) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, change("20", "x"));
            worker.append("entries", 0, change("20", "x").replace(was, is));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(database.rows("SELECT code FROM audit.rejected"))
                    .containsExactly("identity-collision");
        }
    }

    @Test
    void aCollisionThatIsReadAgainIsRejectedOnce() {
        // Given
        for (int reading = 0; reading < 2; reading++) {
            try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
                worker.append("entries", 0, change("20", "x"));
                worker.append("entries", 0, change("21", "x"));

                // When
                worker.open(ENTRIES_0);
                worker.drain();
            }
            database.execute("UPDATE audit.sink_offset SET next_offset = 0");
        }

        // Then
        assertThat(database.rows("SELECT code FROM audit.rejected"))
                .containsExactly("identity-collision");
    }

    @Test
    void aCollisionBesideARowThatTheDatabaseRejectsIsFoundToo() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given JSON that is no UTF-8, which parsers of JSON let pass
            byte[] bad =
                    entry(3).replace("\"sequence\"", "\"after\":{\"a\":\"__\"},\"sequence\"")
                            .getBytes(StandardCharsets.ISO_8859_1);
            for (int i = 0; i < bad.length - 1; i++) {
                if (bad[i] == '_' && bad[i + 1] == '_') {
                    bad[i] = (byte) 0xC0;
                    bad[i + 1] = (byte) 0xAF;
                }
            }
            worker.append("entries", 0, change("20", "x"));
            worker.append("entries", 0, bad);
            worker.append("entries", 0, change("21", "x"));

            // When
            worker.open(ENTRIES_0);
            worker.drain();

            // Then
            assertThat(
                            database.rows(
                                    "SELECT record_offset, source, table_name FROM audit.rejected"
                                            + " ORDER BY 1"))
                    .containsExactly("1|shop|public.t", "2|shop|public.t");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0199a2b0-0000-8001-8000-000000000001",
                "00000000-0000-4000-8000-000000000001",
            })
    void anIdThatDoesNotHoldItsCommitTimeIsRejected(String id) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, change("20", "x").replace(id(7, TIME).toString(), id));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(database.rows("SELECT * FROM audit.entry")).isEmpty();
            assertThat(database.rows("SELECT code, source, table_name FROM audit.rejected"))
                    .containsExactly("id-without-time|shop|public.t");
        }
    }

    @Test
    void anotherRejectedRecordUnderAStoredIdentityIsKeptUnderAnotherOfTheSink() throws Exception {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given a topic that was made anew, and gave the place to two more records
            worker.append("rejected", 0, rejection("AQI="));
            worker.append("rejected", 0, rejection("AQM="));
            worker.append("rejected", 0, rejection("AQQ="));
            worker.append("rejected", 0, rejection("AQI="));

            // When
            worker.open(REJECTED_0);
            worker.drain();

            // Then
            assertThat(
                            database.rows(
                                    "SELECT stage, code, source, convert_from(record_value, 'UTF8')"
                                            + " LIKE '%AQM=%' FROM audit.rejected ORDER BY stage,"
                                            + " record_offset"))
                    .containsExactly(
                            "ingest|not-json|shop|f",
                            "sink|identity-collision|shop|t",
                            "sink|identity-collision|shop|f");
            assertThat(worker.figure("Collisions")).isEqualTo(2L);
            assertThat(worker.figure("Duplicates")).isEqualTo(1L);
        }
    }

    private static String rejection(String value) {
        return """
        {"id":"0199a2b0-0000-8001-8000-000000000003","rejected_at":"2026-11-22T09:30:00Z",
         "source":"shop","stage":"ingest","code":"not-json","reason":"No.",
         "topic":"changes.shop","partition":3,"record_offset":99,"record_value":"%s"}\
        """
                .formatted(value);
    }

    private static String change(String value, String actor) {
        return """
        {"id":"%s","committed_at":"%s","source":"shop","table_name":"public.t","entity_key":null,\
        "operation":"insert","transaction_id":5,"sequence":7,"position":"p","before":null,\
        "after":{"id":%s},"actor":"%s"}\
        """
                .formatted(id(7, TIME), TIME, value, actor);
    }
}
