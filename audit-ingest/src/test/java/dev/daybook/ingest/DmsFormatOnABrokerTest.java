package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every form of record that DMS is known to write, on a real broker: two partitions, definitions in
 * one and data in both, a restart in the middle, and no header of ours.
 *
 * <p>A line of the fixture is what the record becomes, a tab, and the record.
 */
class DmsFormatOnABrokerTest {

    @TempDir static Path directory;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = new EmbeddedBroker(directory.resolve("kafka"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void everyFormBecomesWhatItMeansOverTwoPartitionsAndARestart() throws Exception {
        List<String[]> lines = new ArrayList<>();
        for (String line :
                Files.readAllLines(
                        Path.of("src/test/resources/changes/dms-format.tsv"),
                        StandardCharsets.UTF_8)) {
            if (!line.startsWith("#")) {
                lines.add(line.split("\t", 2));
            }
        }
        List<String> expectedKeys = new ArrayList<>();
        int expectedRejections = 0;
        int recognised = 0;
        int definitions = 0;
        int tableChanges = 0;
        try (LiveIngest ingest =
                new LiveIngest(
                        broker,
                        directory,
                        "format",
                        Map.of(
                                "daybook.ingest.definition-wait", "300s",
                                "daybook.ingest.sources.shop.before-image-prefix", "BI_",
                                "daybook.ingest.sources.shop.control-schema", "dms_control"))) {
            int sent = 0;
            for (String[] line : lines) {
                if (sent == lines.size() / 2) {
                    ingest.entries(expectedKeys.size() + tableChanges);
                    ingest.restart();
                }
                boolean control = line[1].contains("\"record-type\":\"control\"");
                if (line[1].equals("null")) {
                    ingest.send(sent % 2, "public.orders", null);
                } else {
                    ingest.send(
                            control ? 0 : sent % 2,
                            key(line[1], control),
                            line[1].replace("\\t", "\t").replace("\\n", "\n"));
                }
                sent++;
                switch (line[0]) {
                    case "recognised" -> recognised++;
                    case "table-change" -> tableChanges++;
                    case "defines" -> {
                        tableChanges++;
                        ingest.read("tables", ++definitions);
                    }
                    case "rejected" -> expectedRejections++;
                    default -> expectedKeys.add(line[0]);
                }
            }

            List<JsonNode> entries = ingest.entries(expectedKeys.size() + tableChanges);
            assertThat(entries)
                    .filteredOn(entry -> entry.get("operation").asString().equals("table-change"))
                    .hasSize(tableChanges);
            assertThat(entries)
                    .filteredOn(entry -> !entry.get("operation").asString().equals("table-change"))
                    .extracting(
                            entry ->
                                    entry.get("entity_key").isNull()
                                            ? "keyless"
                                            : entry.get("entity_key").asString())
                    .containsExactlyInAnyOrderElementsOf(expectedKeys);
            Set<String> ids = new HashSet<>();
            entries.forEach(entry -> ids.add(entry.get("id").asString()));
            assertThat(ids).hasSize(entries.size());
            assertThat(ingest.read("rejected", expectedRejections)).hasSize(expectedRejections);
            LiveIngest.until(
                    "the records of the second half have an outcome each",
                    () ->
                            ingest.count("daybook.ingest.records", "source", "shop")
                                    >= lines.size() - lines.size() / 2);
            assertThat(recognised).isPositive();
            assertThat(ingest.parked()).isZero();
        }
    }

    /** Returns the record's key as DMS makes it: of the task, the table, or the row. */
    private static String key(String record, boolean control) {
        String table = text(record, "schema-name") + "." + text(record, "table-name");
        if (control) {
            return "DZ6OKLQWERTY." + table;
        }
        return record.contains("\"partition-key-type\":\"primary-key\"") ? table + ".393" : table;
    }

    private static String text(String record, String member) {
        int from = record.indexOf("\"" + member + "\":\"");
        if (from < 0) {
            return "";
        }
        int begin = from + member.length() + 4;
        return record.substring(begin, record.indexOf('"', begin));
    }
}
