package dev.daybook.connect.sink;

import static dev.daybook.connect.sink.TestEntries.entry;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A rejection never fails on what it rejects. */
class RejectedTextsTest {

    private static final TopicPartition REJECTED = new TopicPartition("rejected", 0);
    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);

    private AuditDatabase database;

    @BeforeEach
    void create() {
        database = AuditDatabase.create();
    }

    @ParameterizedTest
    @CsvSource({
        "\\u0000, \uFFFD",
        "\\ud83d, \uFFFD",
        "\\ude00, \uFFFD",
        "\\ud83d\\ude00, 😀",
        "\\n, '\n'",
        "\\u001b[2J, '\u001B[2J'"
    })
    void aRejectedRecordKeepsItsStageCodeSourceAndTableWhateverItsTextsHold(
            String written, String stored) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("rejected", 0, rejection("unknown " + written, "public.a" + written));
            worker.open(REJECTED);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT stage, code, source, table_name, reason, record_value"
                                            + " FROM audit.rejected"))
                    .containsExactly(
                            "ingest|unknown-operation|shop|public.a"
                                    + stored
                                    + "|unknown "
                                    + stored
                                    + "|\\x0102");
        }
    }

    @Test
    void aRejectedRecordWithAReasonOfMegabytesIsStored() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            String huge = "x".repeat(3_000_000);
            worker.append("rejected", 0, rejection(huge, "public." + huge));
            worker.open(REJECTED);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT stage, code, length(reason), length(table_name) FROM"
                                            + " audit.rejected"))
                    .containsExactly("ingest|unknown-operation|3000000|3000007");
        }
    }

    @Test
    void whatTheSinkQuotesOfARecordIsShortAndOfOneLine() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append(
                    "entries",
                    0,
                    entry(1).replace(
                                    "\"insert\"",
                                    "\"sert\\n\\u0085\\u2028" + "x".repeat(2_000_000) + "\""));
            worker.append(
                    "entries", 0, entry(2).replace("\"sequence\"", "\"a\\nb\":1,\"sequence\""));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT source, table_name, length(reason) < 400, reason ~"
                                            + " '[[:cntrl:]\u2028]' FROM audit.rejected"))
                    .containsExactly("shop|public.t|t|f", "shop|public.t|t|f");
        }
    }

    @Test
    void aRecordWithOneBadMemberIsRejectedUnderItsSourceAndTable() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append(
                    "entries", 0, entry(1).replaceFirst("\"id\":\"[^\"]*\"", "\"id\":[[1],{}]"));
            worker.append("entries", 0, entry(2).replace("\"source\":\"shop\"", "\"source\":7"));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT code, source, table_name FROM audit.rejected ORDER BY"
                                            + " record_offset"))
                    .containsExactly("bad-value|shop|public.t", "bad-value|-|public.t");
        }
    }

    @Test
    void aRejectedRecordWhoseBytesAreNoBase64IsRejectedWithItsBytes() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("rejected", 0, rejection("r", "public.t").replace("AQI=", "%%%"));
            worker.open(REJECTED);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT stage, code, source, table_name,"
                                            + " convert_from(record_value, 'UTF8') LIKE '%unknown-operation%'"
                                            + " FROM audit.rejected"))
                    .containsExactly("sink|database-refused|shop|public.t|t");
        }
    }

    private static String rejection(String reason, String table) {
        return """
        {"id":"0199a2b0-0000-8001-8000-000000000003","rejected_at":"2026-11-22T09:30:00Z",
         "source":"shop","stage":"ingest","code":"unknown-operation","reason":"%s",
         "topic":"changes.shop","partition":3,"record_offset":99,"table_name":"%s",
         "record_key":null,"record_value":"AQI="}\
        """
                .formatted(reason, table);
    }
}
