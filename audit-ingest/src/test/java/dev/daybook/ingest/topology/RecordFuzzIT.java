package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the coverage-guided fuzzer on DMS's format, from the fixtures as its first corpus. */
class RecordFuzzIT {

    private static final List<String> WORDS =
            List.of(
                    "data",
                    "metadata",
                    "control",
                    "before-image",
                    "beforeImage",
                    "timestamp",
                    "commit-timestamp",
                    "record-type",
                    "operation",
                    "load",
                    "insert",
                    "update",
                    "delete",
                    "truncate",
                    "create-table",
                    "drop-table",
                    "heartbeat",
                    "gap",
                    "partition-key-type",
                    "partition-key-value",
                    "primary-key",
                    "schema-name",
                    "table-name",
                    "transaction-id",
                    "transaction-record-id",
                    "prev-transaction-id",
                    "prev-transaction-record-id",
                    "stream-position",
                    "table-def",
                    "columns",
                    "type",
                    "length",
                    "nullable",
                    "complete-until",
                    "position",
                    "partition",
                    "partitions",
                    "daybook",
                    "transaction_context",
                    "actor",
                    "reason",
                    "request_id",
                    "attributes",
                    "awsdms_suspended_tables",
                    "awsdms_apply_exceptions",
                    "TABLE_NAME",
                    "TABLE_OWNER",
                    "9999-12-31T23:59:59Z",
                    "null",
                    "1e999",
                    "\\\\u0000",
                    "\\\\ud800");

    @Test
    void noRecordThatTheFuzzerFindsEndsWithAnExceptionOrWithoutItsOutcome(@TempDir Path directory)
            throws Exception {
        Fuzzing.run(RecordFuzzer.class, 50_000, directory, seeds(), WORDS);
    }

    private static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String file : List.of("connector.ndjson", "dms.ndjson", "dms-format.tsv")) {
            for (String line :
                    Files.readAllLines(
                            Path.of("src/test/resources/changes", file), StandardCharsets.UTF_8)) {
                if (line.indexOf('{') >= 0) {
                    String record = line.substring(line.indexOf('{'));
                    // Each under another choice of source and headers.
                    byte[] seed = (" " + record).getBytes(StandardCharsets.UTF_8);
                    seed[0] = (byte) (seeds.size() % 8);
                    seeds.add(seed);
                }
            }
        }
        assertThat(seeds).isNotEmpty();
        return seeds;
    }
}
