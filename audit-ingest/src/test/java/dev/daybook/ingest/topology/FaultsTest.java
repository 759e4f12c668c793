package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.domain.AuditEntry;
import dev.daybook.ingest.topology.TopologyFixture.Out;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/** What happens when the ingest itself fails. */
class FaultsTest {

    private static final String CHANGE =
            """
            {"data":{"id":1},"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
            "operation":"insert","partition-key-type":"schema-table","schema-name":"public","table-name":"orders"}}\
            """;

    @Test
    void aRecordOnWhichTheIngestFailsIsRejectedAfterThreeTriesAndTheRestGoesOn() {
        AtomicInteger tries = new AtomicInteger();
        try (TopologyFixture ingest =
                TopologyFixture.withCatalog(
                        (source, table) -> {
                            tries.incrementAndGet();
                            throw new ClassCastException("a store of another type");
                        })) {
            ingest.send(CHANGE);
            ingest.send("{\"metadata\":{\"record-type\":\"control\"}}");

            Out rejected = ingest.read("rejected").getFirst();
            assertThat(tries).hasValue(3);
            assertThat(rejected.value.get("code").asString()).isEqualTo("ingest-fault");
            assertThat(rejected.value.get("reason").asString())
                    .contains("ClassCastException: a store of another type");
            assertThat(rejected.value.get("record_value").isNull()).isFalse();
            assertThat(
                            ingest.meters
                                    .counter(
                                            "daybook.ingest.records",
                                            "source",
                                            "shop",
                                            "outcome",
                                            "control-without-table")
                                    .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void aRecordWhoseEntryCannotBeWrittenDownIsRejectedWithItsBytes() {
        AtomicInteger tries = new AtomicInteger();
        FuzzedIngest ingest =
                RecordFuzzer.ingest(
                        new Records() {
                            @Override
                            byte[] entry(AuditEntry entry) {
                                tries.incrementAndGet();
                                throw new IllegalStateException("no such column");
                            }
                        });

        RecordFuzzer.take(ingest, (byte) 0, CHANGE.getBytes(StandardCharsets.UTF_8));

        JsonNode rejected = TopologyFixture.JSON.readTree(ingest.written().getFirst());
        assertThat(tries).hasValue(3);
        assertThat(ingest.written()).hasSize(1);
        assertThat(rejected.get("code").asString()).isEqualTo("ingest-fault");
        assertThat(rejected.get("reason").asString()).contains("no such column");
        assertThat(Base64.getDecoder().decode(rejected.get("record_value").asString()))
                .isEqualTo(CHANGE.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aFailureOfKafkaIsNotTheRecords() {
        try (TopologyFixture ingest =
                TopologyFixture.withCatalog(
                        (source, table) -> {
                            throw new StreamsException("the store is closed");
                        })) {
            assertThatThrownBy(() -> ingest.send(CHANGE)).isInstanceOf(StreamsException.class);
        }
    }

    @Test
    void failuresThatFollowOneAnotherAreRememberedUntilItIsQuiet() {
        SettableClock clock = new SettableClock();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ThreadReplacement threads = new ThreadReplacement(new IngestMetrics(meters, clock), clock);
        assertThat(threads.failures()).isNull();

        threads.handle(new IllegalStateException("outer", new ClassCastException("inner")));
        clock.now = clock.now.plusSeconds(20);
        threads.handle(new IllegalStateException("again"));

        ThreadReplacement.Failures failures = threads.failures();
        assertThat(failures).isNotNull();
        assertThat(failures.count()).isEqualTo(2);
        assertThat(failures.since()).isEqualTo(Instant.EPOCH);
        assertThat(failures.last()).contains("again");
        assertThat(meters.counter("daybook.ingest.thread.failures").count()).isEqualTo(2);
        clock.now = clock.now.plus(Duration.ofSeconds(31));
        assertThat(threads.failures()).isNull();
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
