package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Sends a change record to the topic of rejected records when the record derived from it is too
 * large for the broker. Every other failure to write is retried, or fails the thread; so does a
 * rejection that the broker does not take, since going on would lose it.
 */
public final class TooLargeToRejected implements ProductionExceptionHandler {

    static final String SETTINGS = "daybook.ingest.too.large.to.rejected";

    private String rejectedTopic = "";
    private SourceOfTopic sourceOfTopic = topic -> null;
    private Rejection.Kept kept = Rejection.Kept.NOTHING;
    private int largestMessage;

    /** Returns the source whose changes come in a topic, or null if none's do. */
    interface SourceOfTopic {
        @Nullable String name(String topic);
    }

    /** Holds what the handler, which Kafka Streams makes, needs of the settings. */
    record Settings(
            String rejectedTopic,
            SourceOfTopic sourceOfTopic,
            Rejection.Kept kept,
            int largestMessage) {}

    @Override
    public void configure(Map<String, ?> configs) {
        if (configs.get(SETTINGS) instanceof Settings settings) {
            rejectedTopic = settings.rejectedTopic();
            sourceOfTopic = settings.sourceOfTopic();
            kept = settings.kept();
            largestMessage = settings.largestMessage();
        }
    }

    @Override
    public Response handleError(
            ErrorHandlerContext context,
            ProducerRecord<byte[], byte[]> record,
            Exception exception) {
        if (!(exception instanceof RecordTooLargeException)
                || record.topic().equals(rejectedTopic)) {
            return Response.fail();
        }
        Rejection rejection =
                Rejection.of(
                        sourceOfTopic.name(context.topic()),
                        new Decoded.Malformed(
                                "value-too-large",
                                "The record derived from this one is too large for topic "
                                        + record.topic()
                                        + ": raise daybook.ingest.max-record-bytes and the topic's"
                                        + " max.message.bytes, and reload the row.",
                                null),
                        new Incoming(
                                new Place(context.topic(), context.partition(), context.offset()),
                                context.sourceRawKey(),
                                context.sourceRawValue(),
                                new KafkaHeaders(context.headers()),
                                context.timestamp()),
                        kept,
                        largestMessage);
        byte[] value = new Records().rejected(rejection, Instant.ofEpochMilli(context.timestamp()));
        return Response.resume(
                List.of(new ProducerRecord<>(rejectedTopic, rejection.key(), value)));
    }
}
