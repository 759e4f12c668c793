package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.Finding;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Records as another task than the one that was described writes them. */
class DmsRecordsExaminationTest {

    private static final String GOOD =
            """
            {"data":{"id":1,"note":null},"before-image":{"id":1},"metadata":{"record-type":"data",
             "operation":"update","partition-key-type":"primary-key","partition-key-value":"public.t.1",
             "schema-name":"public","table-name":"t","commit-timestamp":"2026-03-01T08:00:00Z"}}""";

    @TempDir private Path directory;

    private List<String> found(String fieldName, String... records) throws IOException {
        Path settings = directory.resolve("settings.json");
        Files.writeString(
                settings,
                """
                {"TargetMetadata":{},"BeforeImageSettings":{"EnableBeforeImage":%s,"FieldName":"%s"}}"""
                        .formatted(!fieldName.isEmpty(), fieldName));
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        for (String record : records) {
            all.add(
                    new ConsumerRecord<>(
                            "changes.shop",
                            0,
                            all.size(),
                            new byte[0],
                            record.getBytes(StandardCharsets.UTF_8)));
        }
        return DmsRecordsExamination.of(all, DmsTask.read(settings, null)).stream()
                .map(Finding::object)
                .toList();
    }

    @Test
    void recordsAsTheSettingsSayAreNoFinding() throws IOException {
        assertThat(found("before-image", GOOD, "no json", "{}", GOOD)).isEmpty();
    }

    @Test
    void changesWithoutTheirTransactionsDetailsAreFound() throws IOException {
        assertThat(found("before-image", GOOD.replace("commit-timestamp", "other")))
                .containsExactly("KafkaSettings.IncludeTransactionDetails");
    }

    @Test
    void recordsWithoutTheValueOfTheirKeyAreFound() throws IOException {
        assertThat(found("before-image", GOOD.replace("partition-key-value", "other")))
                .containsExactly("KafkaSettings.IncludePartitionValue");
    }

    @Test
    void wholeNumbersThatMayBeRoundedAreFound() throws IOException {
        assertThat(
                        found(
                                "before-image",
                                GOOD.replace("{\"id\":1,", "{\"id\":1.2345678901234567e+16,")))
                .containsExactly("KafkaSettings.UseLargeIntegerValue");
        assertThat(found("before-image", GOOD.replace("{\"id\":1,", "{\"id\":12345678901234567,")))
                .isEmpty();
        assertThat(found("before-image", GOOD.replace("{\"id\":1,", "{\"id\":1.2e+16,"))).isEmpty();
    }

    @Test
    void rowsWhoseNullColumnsAreLeftOutAreFound() throws IOException {
        String whole = GOOD.replace("update", "load").replace("null", "1");
        assertThat(found("before-image", whole, whole.replace(",\"note\":1", "")))
                .containsExactly("KafkaSettings.IncludeNullAndEmpty");
        assertThat(found("before-image", whole, whole.replace("\"note\":1", "\"note\":null")))
                .isEmpty();
    }

    @Test
    void beforeImagesUnderAnotherNameAndThoseThatWereNotSaidAreFound() throws IOException {
        assertThat(found("old", GOOD)).containsExactly("BeforeImageSettings.FieldName");
        assertThat(found("", GOOD)).containsExactly("BeforeImageSettings.EnableBeforeImage");
    }

    @Test
    void beforeImagesThatDoNotComeAreFoundOnceThereAreUpdatesEnough() throws IOException {
        String without = GOOD.replace("\"before-image\":{\"id\":1},", "");
        assertThat(found("before-image", without)).isEmpty();
        assertThat(found("before-image", Collections.nCopies(20, without).toArray(String[]::new)))
                .containsExactly("BeforeImageSettings.EnableBeforeImage");
    }
}
