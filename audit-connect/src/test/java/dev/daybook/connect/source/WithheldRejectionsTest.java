package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** What the capture cannot record says where and why, and no value of it leaves the source. */
class WithheldRejectionsTest {

    private static final String MARK = "sEcReT";

    /** The mark with a byte behind it that is no UTF-8. */
    private static final String MARKED_BYTES = "convert_from('\\x734563526554e9', 'SQL_ASCII')";

    @Test
    void aRejectedRecordHasNeitherKeyNorBytesUnlessToldSo() throws Exception {
        try (SourceDatabase database = SourceDatabase.encoded("SQL_ASCII")) {
            database.run(
                    "CREATE TABLE t (k text PRIMARY KEY, v text)",
                    "INSERT INTO t VALUES ('" + MARK + "1', repeat('x', 3000))",
                    "INSERT INTO t VALUES ('" + MARK + "2', repeat('x', 3000))",
                    "INSERT INTO t VALUES ('" + MARK + "3', " + MARKED_BYTES + ")",
                    "INSERT INTO t VALUES ('" + MARK + "4', " + MARKED_BYTES + ")");
            try (Worker worker =
                    Worker.of(
                            database,
                            Map.of("max.value.bytes", "2000", "max.record.bytes", "30000"))) {
                worker.caughtUp(database);
                database.run(
                        "INSERT INTO t VALUES ('" + MARK + "5', repeat('x', 3000))",
                        "INSERT INTO t VALUES ('" + MARK + "6', " + MARKED_BYTES + ")",
                        "SELECT pg_logical_emit_message(true, 'daybook', '" + MARK + "')");
                worker.until(c -> isContext(c));
                worker.caughtUp(database);

                List<Change> rejected =
                        worker.written.stream().filter(c -> c.topic().equals("rejected")).toList();
                assertThat(rejected)
                        .extracting(c -> c.body().get("code"))
                        .containsExactlyInAnyOrder(
                                "value-too-large",
                                "value-too-large",
                                "value-too-large",
                                "not-utf-8",
                                "not-utf-8",
                                "not-utf-8",
                                "bad-context");
                assertThat(rejected).extracting(c -> c.body().get("id")).doesNotHaveDuplicates();
                assertThat(rejected)
                        .allSatisfy(
                                c -> {
                                    assertThat(c.body()).containsEntry("record_key", null);
                                    assertThat(c.body()).containsEntry("record_value", null);
                                    assertThat(c.body().get("reason").toString())
                                            .contains("rejected.values");
                                    for (String spelling : List.of(MARK, base64(MARK))) {
                                        assertThat(c.body().toString()).doesNotContain(spelling);
                                    }
                                });
            }
        }
    }

    private static boolean isContext(Change change) {
        return "bad-context".equals(change.body().get("code"));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
