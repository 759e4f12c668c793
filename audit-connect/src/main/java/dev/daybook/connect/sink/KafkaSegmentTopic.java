package dev.daybook.connect.sink;

import dev.daybook.contract.SinkSetting;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;

/** Writes segments by a producer of the sink's own: Connect gives a sink task none. */
final class KafkaSegmentTopic implements SegmentTopic {

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;

    KafkaSegmentTopic(SinkConfig config) {
        this.topic = config.getString(SinkSetting.SEGMENTS_TOPIC);
        Map<String, Object> settings = new HashMap<>();
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "daybook-segments-" + config.sinkName());
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000L);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 20_000);
        settings.putAll(config.originalsWithPrefix(SinkSetting.SEGMENTS_PRODUCER_PREFIX));
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        this.producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Future<?> send(long stream, byte[] segment) {
        byte[] key = Long.toString(stream).getBytes(StandardCharsets.US_ASCII);
        return producer.send(new ProducerRecord<>(topic, key, segment));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
