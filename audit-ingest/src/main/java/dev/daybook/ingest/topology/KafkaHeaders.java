package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Incoming;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

import java.util.function.BiConsumer;

/** Shows the headers of a Kafka record. */
record KafkaHeaders(Headers headers) implements Incoming.Headers {

    @Override
    public byte @Nullable [] last(String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : header.value();
    }

    @Override
    public void forEach(BiConsumer<String, byte @Nullable []> action) {
        headers.forEach(header -> action.accept(header.key(), header.value()));
    }
}
