package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

class ParkedRecordsTest {

    private static final Place PLACE = new Place("changes.shop", 0, 7);

    private final TopologyFixture ingest = new TopologyFixture();
    private final KeyValueStore<Bytes, byte[]> store =
            ingest.driver.getKeyValueStore(IngestTopology.PARKED_STORE.name());
    private final ParkedRecords parked = new ParkedRecords(store, 0, ingest.originals);

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void aRecordComesBackWithItsKeyItsHeadersAndItsTime() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("one", bytes("1"));
        headers.add("two", null);
        parked.put(new Incoming(PLACE, bytes("k"), bytes("v"), new KafkaHeaders(headers), 5), true);

        Incoming record = takeOne();

        assertThat(record.place()).isEqualTo(PLACE);
        assertThat(record.key()).isEqualTo(bytes("k"));
        assertThat(record.value()).isEqualTo(bytes("v"));
        assertThat(record.headers().last("one")).isEqualTo(bytes("1"));
        assertThat(record.headers().last("two")).isNull();
        assertThat(record.timestamp()).isEqualTo(5);
        assertThat(store.all().hasNext()).isFalse();
    }

    @Test
    void aRecordMayHaveNeitherKeyNorValue() {
        parked.put(new Incoming(PLACE, null, null, Incoming.Headers.NONE, -1), true);

        Incoming record = takeOne();

        assertThat(record.key()).isNull();
        assertThat(record.value()).isNull();
        assertThat(record.timestamp()).isEqualTo(-1);
    }

    @Test
    void whatAnEarlierBuildParkedIsRead() {
        byte[] topic = bytes("changes.shop");
        store.put(
                Bytes.wrap(ByteBuffer.allocate(topic.length + 8).put(topic).putLong(7).array()),
                ByteBuffer.allocate(14)
                        .putLong(1_795_339_800_000L)
                        .putInt(1)
                        .put(bytes("k"))
                        .put(bytes("v"))
                        .array());

        Incoming record = takeOne();

        assertThat(record.key()).isEqualTo(bytes("k"));
        assertThat(record.value()).isEqualTo(bytes("v"));
        assertThat(record.timestamp()).isEqualTo(1_795_339_800_000L);
    }

    private Incoming takeOne() {
        List<Incoming> taken = new ArrayList<>();
        parked.take("changes.shop", 7, taken::add, place -> {});
        assertThat(taken).hasSize(1);
        return taken.getFirst();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
