package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler.Response;
import org.apache.kafka.streams.errors.ProductionExceptionHandler.Result;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.Map;

class TooLargeToRejectedTest {

    private final TooLargeToRejected handler = new TooLargeToRejected();

    TooLargeToRejectedTest() {
        handler.configure(
                Map.of(
                        TooLargeToRejected.SETTINGS,
                        new TooLargeToRejected.Settings(
                                "rejected",
                                Map.of("changes.shop", "shop")::get,
                                Rejection.Kept.ALL,
                                1 << 20)));
    }

    @Test
    void anEntryThatTheBrokerFindsTooLargeIsRejectedWithItsChangeRecord() {
        Response response = handle("entries", new RecordTooLargeException());

        assertThat(response.result()).isEqualTo(Result.RESUME);
        ProducerRecord<byte[], byte[]> rejected = response.deadLetterQueueRecords().getFirst();
        assertThat(rejected.topic()).isEqualTo("rejected");
        assertThat(new String(rejected.key(), StandardCharsets.UTF_8))
                .isEqualTo("ingest:changes.shop-1@7");
        JsonNode value = TopologyFixture.JSON.readTree(rejected.value());
        assertThat(value.get("code").asString()).isEqualTo("value-too-large");
        assertThat(value.get("source").asString()).isEqualTo("shop");
        assertThat(value.get("record_value").asString()).isEqualTo("dmFsdWU=");
        assertThat(value.get("record_key").asString()).isEqualTo("a2V5");
        assertThat(value.get("reason").asString()).contains("topic entries");
    }

    @Test
    void aRejectionThatTheBrokerDoesNotTakeStopsTheThread() {
        assertThat(handle("rejected", new RecordTooLargeException()).result())
                .isEqualTo(Result.FAIL);
    }

    @Test
    void anyOtherFailureStopsTheThread() {
        assertThat(handle("entries", new IllegalStateException("x")).result())
                .isEqualTo(Result.FAIL);
    }

    private Response handle(String topic, Exception failure) {
        return handler.handleError(
                new At(), new ProducerRecord<>(topic, new byte[0], new byte[0]), failure);
    }

    /** The place of the change record. */
    private static final class At implements ErrorHandlerContext {
        @Override
        public String topic() {
            return "changes.shop";
        }

        @Override
        public int partition() {
            return 1;
        }

        @Override
        public long offset() {
            return 7;
        }

        @Override
        public Headers headers() {
            return new RecordHeaders();
        }

        @Override
        public String processorNodeId() {
            return "decode";
        }

        @Override
        public TaskId taskId() {
            return new TaskId(0, 1);
        }

        @Override
        public long timestamp() {
            return 0;
        }

        @Override
        public byte[] sourceRawKey() {
            return "key".getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] sourceRawValue() {
            return "value".getBytes(StandardCharsets.UTF_8);
        }
    }
}
