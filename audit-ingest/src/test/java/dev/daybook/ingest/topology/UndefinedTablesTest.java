package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.change.Place;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

class UndefinedTablesTest {

    private static final DefinitionQueue.Table TAGS =
            new DefinitionQueue.Table("changes.shop", "shop", new TableName("public", "a.tag \""));
    private static final Instant T1 = Instant.parse("2026-03-01T08:00:01.000001Z");
    private static final Instant T2 = Instant.parse("2026-03-01T08:00:02.000002Z");

    private final TopologyFixture ingest = new TopologyFixture();
    private final KeyValueStore<Bytes, byte[]> store =
            ingest.driver.getKeyValueStore(IngestTopology.PARKED_STORE.name());
    private final ParkedRecords parked = new ParkedRecords(store, 3, ingest.originals);

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void whatIsInNoRowsHistoryIsKnownAfterARestart() {
        UndefinedTables before = new UndefinedTables(parked, 3);
        before.add(TAGS, 7);
        before.recorded(TAGS, T2, 0);
        before.settle(0, table -> null);
        before.recorded(TAGS, T1, 0);
        before.settle(0, table -> null);

        UndefinedTables after = restored();
        assertThat(after.contains(TAGS)).isTrue();
        assertThat(after.settle(0, table -> null)).isEmpty();
        assertThat(after.settle(0, table -> List.of("id")))
                .containsExactly(
                        new UndefinedTables.Late(TAGS, new Place("changes.shop", 3, 7), T1, T2));
        assertThat(after.contains(TAGS)).isFalse();
        assertThat(store.all().hasNext()).isFalse();
        assertThat(restored().contains(TAGS)).isFalse();
    }

    private UndefinedTables restored() {
        UndefinedTables tables = new UndefinedTables(parked, 3);
        TopologySettings.Source source = TopologyFixture.DMS;
        ChangeFeed feed =
                new ChangeFeed(
                        source,
                        ChangeFeed.decoder(source, (name, table) -> null),
                        new IngestMetrics(new SimpleMeterRegistry(), Clock.systemUTC())
                                .of(source.name()),
                        new HeldWatermarks());
        parked.forEach(
                record ->
                        assertThat(tables.restore(record, Map.of("changes.shop", feed)::get))
                                .isTrue());
        return tables;
    }
}
