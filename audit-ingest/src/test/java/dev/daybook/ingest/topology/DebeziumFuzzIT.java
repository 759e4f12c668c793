package dev.daybook.ingest.topology;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the coverage-guided fuzzer on Debezium's format, from real records as its first corpus. */
class DebeziumFuzzIT {

    private static final List<String> WORDS =
            List.of(
                    "schema",
                    "payload",
                    "before",
                    "after",
                    "source",
                    "op",
                    "ts_us",
                    "ts_ms",
                    "ts_ns",
                    "txId",
                    "lsn",
                    "snapshot",
                    "incremental",
                    "connector",
                    "postgresql",
                    "table",
                    "transaction",
                    "total_order",
                    "data_collection_order",
                    "status",
                    "BEGIN",
                    "END",
                    "event_count",
                    "data_collections",
                    "message",
                    "prefix",
                    "content",
                    "daybook",
                    "type",
                    "fields",
                    "field",
                    "optional",
                    "name",
                    "version",
                    "parameters",
                    "scale",
                    "value",
                    "items",
                    "keys",
                    "values",
                    "struct",
                    "array",
                    "map",
                    "bytes",
                    "string",
                    "int64",
                    "int32",
                    "int16",
                    "boolean",
                    "double",
                    "io.debezium.time.Date",
                    "io.debezium.time.MicroTime",
                    "io.debezium.time.MicroTimestamp",
                    "io.debezium.time.NanoTimestamp",
                    "io.debezium.time.ZonedTimestamp",
                    "io.debezium.time.ZonedTime",
                    "io.debezium.time.MicroDuration",
                    "io.debezium.time.Interval",
                    "io.debezium.data.VariableScaleDecimal",
                    "io.debezium.data.Json",
                    "io.debezium.data.Uuid",
                    "io.debezium.data.Enum",
                    "io.debezium.data.Bits",
                    "org.apache.kafka.connect.data.Decimal",
                    "org.apache.kafka.connect.data.Timestamp",
                    "connect.decimal.precision",
                    "__debezium.source.column.type",
                    "__debezium_unavailable_value",
                    "__dbz__physicalTableIdentifier",
                    "9223372036854775807",
                    "-9223372036854775808",
                    "1e999",
                    "null",
                    "\\\\u0000",
                    "\\\\ud800");

    @Test
    void noRecordThatTheFuzzerFindsEndsWithAnExceptionOrWithoutItsOutcome(@TempDir Path directory)
            throws Exception {
        List<byte[]> seeds = new ArrayList<>();
        for (DebeziumRecordsTest.Sent record : DebeziumRecordsTest.RECORDS) {
            for (int source = 0; source < 4; source++) {
                seeds.add(DebeziumFuzzer.input(source, record));
            }
        }
        Fuzzing.run(DebeziumFuzzer.class, 30_000, directory, seeds, WORDS);
    }
}
