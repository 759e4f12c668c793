package dev.daybook.ingest.topology;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A record that the broker finds too large goes to the topic of rejected records, with its place in
 * the change topic and without its value; every other failure to write is retried, or fails the
 * thread.
 */
public final class TooLargeToRejected implements ProductionExceptionHandler {

    static final String REJECTED_TOPIC = "daybook.ingest.rejected.topic";

    private String rejectedTopic = "";

    @Override
    public void configure(Map<String, ?> configs) {
        rejectedTopic = String.valueOf(configs.get(REJECTED_TOPIC));
    }

    @Override
    public Response handleError(
            ErrorHandlerContext context,
            ProducerRecord<byte[], byte[]> record,
            Exception exception) {
        if (!(exception instanceof RecordTooLargeException)
                || record.topic().equals(rejectedTopic)) {
            return exception instanceof RecordTooLargeException
                    ? Response.resume()
                    : Response.fail();
        }
        Rejection rejection =
                new Rejection(
                        null,
                        "value-too-large",
                        "What becomes of the record is too large for topic "
                                + record.topic()
                                + ": raise daybook.ingest.max-record-bytes and the topic's"
                                + " max.message.bytes, and reload the row.",
                        context.topic(),
                        context.partition(),
                        context.offset(),
                        null,
                        Rejection.base64(context.sourceRawKey()),
                        null);
        byte[] value = new Records().rejected(rejection, Instant.ofEpochMilli(context.timestamp()));
        return Response.resume(
                List.of(new ProducerRecord<>(rejectedTopic, rejection.key(), value)));
    }
}
