package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

class SealingTest {

    private static final TopicPartition ENTRIES = new TopicPartition("entries", 0);
    private static final TopicPartition TRANSACTIONS = new TopicPartition("transactions", 0);
    private static final TopicPartition REJECTED = new TopicPartition("rejected", 0);

    private static final String WATERMARK =
            """
            {"source":"shop","changes_partition":0,"changes_partitions":1,"complete_until":"2026-11-22T09:30:00.120001Z",\
            "position":null,"entries_partitions":1}\
            """;

    private static final String REJECTED_RECORD =
            """
            {"id":"019ab1f7-b2f0-8001-8000-%012d","rejected_at":"2026-11-22T09:30:00.120001Z","source":"shop","stage":"ingest",\
            "code":"not-json","reason":"It is no JSON.","topic":"changes.shop","partition":0,"record_offset":7,\
            "table_name":null,"record_key":null,"record_value":null}\
            """;

    private static final String REPORT =
            """
            {"stage":"ingest","instance":"daybook-ingest/1","failing_since":null,"reason":null}\
            """;

    private final AuditDatabase database = AuditDatabase.create();
    private final Topic topic = new Topic();
    private final SettableClock clock = new SettableClock();
    private TaskHarness harness = new TaskHarness(TaskHarness.settings(database), topic, clock);

    @AfterEach
    void stop() {
        harness.close();
    }

    @Test
    void tellsOfEachRowBeforeItIsStored() {
        for (int i = 0; i < 40; i++) {
            harness.append("entries", 0, TestEntries.entry(i));
        }
        harness.append("entries", 0, "not JSON");
        harness.append("transactions", 0, context(7));
        harness.append("transactions", 0, context(7));
        harness.open(ENTRIES, TRANSACTIONS, REJECTED);
        harness.drain();

        assertThat(topic.rowsWhenTold).containsOnly("0");
        assertThat(committed()).isEqualTo(topic.told());
        Segment entries = segments().get(0);
        assertThat(entries.next()).isEqualTo(41);
        assertThat(segments()).extracting(Segment::leaves).containsExactlyInAnyOrder(40L, 1L, 1L);
        assertThat(places("entry")).hasSize(40);
        assertThat(places("rejected")).containsExactly((entries.stream() << 44) + 40 + "");
        assertThat(database.rows("SELECT count(DISTINCT seed), min(length(seed)) FROM audit.entry"))
                .containsExactly("40|16");
        assertThat(account(TRANSACTIONS).duplicates()).isEqualTo(1);
        assertThat(account(ENTRIES).rejected()).isEqualTo(1);
    }

    @Test
    void storesNothingThatTheTopicDidNotAcknowledge() {
        topic.refuse = true;
        harness.append("entries", 0, TestEntries.entry(1));
        harness.open(ENTRIES);
        harness.poll();
        harness.poll();

        assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("0");
        assertThat(database.rows("SELECT count(*) FROM audit.segment")).containsExactly("0");

        topic.refuse = false;
        harness.drain();

        assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("1");
        assertThat(contiguous()).containsExactly("entries-0/0: 0-1");
    }

    @Test
    void knowsExactlyWhichRowsWereStoredBefore() {
        harness.append("entries", 0, TestEntries.entry(1));
        harness.open(ENTRIES, TRANSACTIONS);
        harness.drain();
        harness.append("entries", 0, TestEntries.entry(1));
        harness.append("entries", 0, TestEntries.entry(2));
        harness.append("entries", 0, TestEntries.entry(2));
        harness.append("entries", 0, TestEntries.entry(3).replace("shop", "shoq"));
        harness.drain();
        harness.append("entries", 0, TestEntries.entry(3));
        harness.drain();

        // The same id with another source is rejected, in the place of its record.
        assertThat(places("entry")).hasSize(3);
        assertThat(places("rejected")).hasSize(1);
        assertThat(segments().stream().mapToLong(Segment::leaves).sum()).isEqualTo(4);
        assertThat(segments().stream().mapToLong(segment -> segment.account().duplicates()).sum())
                .isEqualTo(2);
        assertThat(contiguous()).containsExactly("entries-0/0: 0-6");
    }

    @Test
    void countsWhatKafkaDidNotDeliver() {
        harness.append("entries", 0, TestEntries.entry(1));
        harness.appendMarker("entries", 0);
        harness.append("entries", 0, TestEntries.entry(2));
        harness.open(ENTRIES);
        harness.drain();

        assertThat(
                        segments().stream().mapToLong(segment -> segment.account().skipped()).sum()
                                + gapOffsets())
                .isEqualTo(1);
    }

    @Test
    void sealsUpToWhereASourceWasReadAndWhereNot() {
        for (String link : List.of("20 10", "30 20", "50 40", "60 50")) {
            mark(
                    "position",
                    """
                    {"source":"shop","changes_partition":0,"changes_partitions":1,
                     "position":"00000000/000000%s","previous":"00000000/000000%s"}\
                    """
                            .formatted((Object[]) link.split(" ")));
        }
        harness.append("entries", 0, TestEntries.entry(1));
        harness.open(ENTRIES);
        harness.drain();

        assertThat(account(ENTRIES).links())
                .containsExactly(
                        new Segment.Link("shop", 0, 0, 0x10, 0x30),
                        new Segment.Link("shop", 0, 0, 0x40, 0x60));
        assertThat(account(ENTRIES).marks()).isEqualTo(4);
    }

    /** As many as a source has tables without a key may come at once. */
    @Test
    void sealsThousandsOfGapsInSegmentsThatALeafCarries() {
        int gaps = 5_000;
        for (int i = 0; i < gaps; i++) {
            mark(
                    "gap",
                    """
                    {"id":"00000000-0000-0000-0000-%012d","found_at":"2026-11-22T09:30:00.000000Z",
                     "source":"shop","table_name":"public.t","stage":"source","cause":"no-key","reason":"No key."}\
                    """
                            .formatted(i));
        }
        harness.append("entries", 0, TestEntries.entry(1));
        harness.open(ENTRIES);
        harness.drain();

        assertThat(segments())
                .allSatisfy(
                        segment ->
                                assertThat(segment.toBytes().length)
                                        .isLessThan(LogLeaf.LARGEST - 200));
        assertThat(segments().stream().mapToInt(s -> s.account().gaps().size()).sum())
                .isEqualTo(gaps);
        assertThat(contiguous()).containsExactly("entries-0/0: 0-" + (gaps + 1));
        assertThat(topic.told()).isEqualTo(committed());
    }

    @Test
    void beginsAGenerationWhereOffsetsDoNotFollow() {
        for (int i = 0; i < 3; i++) {
            harness.append("entries", 0, TestEntries.entry(i));
        }
        harness.open(ENTRIES);
        harness.drain();
        harness.close();
        for (int i = 3; i < 9; i++) {
            harness.append("entries", 0, TestEntries.entry(i));
        }
        database.execute("UPDATE audit.sink_offset SET next_offset = 1");
        TaskHarness second = harness.restarted(topic, clock);
        second.open(ENTRIES);
        second.expire(ENTRIES, 5);
        second.drain();
        harness = second;

        assertThat(contiguous()).containsExactly("entries-0/0: 0-3", "entries-0/1: 5-9");
    }

    @Test
    void sealsEveryColumnThatTheTablesHave() {
        // A column that is added is open to change until LeafHasher, SegmentMaker and StoredRows
        // have it.
        assertThat(
                        database.rows(
                                """
                                SELECT table_name, string_agg(column_name, ' ' ORDER BY column_name)
                                FROM information_schema.columns
                                WHERE table_schema = 'audit' AND table_name IN ('entry', 'transaction', 'rejected')
                                  AND column_name NOT IN ('recorded_at', 'seed')
                                GROUP BY table_name ORDER BY table_name"""))
                .containsExactly(
                        "entry|actor after before committed_at entity_key id old_entity_key operation place position"
                                + " sequence source source_committed_at table_name transaction_id unknown_columns",
                        "rejected|code id partition place reason record_headers record_key record_offset record_time"
                                + " record_value rejected_at source stage table_name topic",
                        "transaction|actor attributes committed_at login_role place reason request_id source"
                                + " transaction_id");
    }

    @Test
    void recordsAsAGapWhatAnOffsetThatWasSetForwardPassesOver() {
        for (int i = 0; i < 3; i++) {
            harness.append("entries", 0, TestEntries.entry(i));
        }
        harness.open(ENTRIES);
        harness.drain();
        harness.close();
        for (int i = 3; i < 9; i++) {
            harness.append("entries", 0, TestEntries.entry(i));
        }
        database.execute("UPDATE audit.sink_offset SET next_offset = 5");
        harness = harness.restarted(topic, clock);
        harness.open(ENTRIES);
        harness.drain();

        assertThat(database.rows("SELECT cause, from_offset, to_offset FROM audit.gap"))
                .containsExactly("skipped|3|5");
        assertThat(contiguous()).containsExactly("entries-0/0: 0-3", "entries-0/1: 5-9");
        assertThat(segments().get(segments().size() - 1).account().gaps()).hasSize(1);
        assertThat(segments().get(segments().size() - 1).account().skipped()).isZero();
    }

    @Test
    void holdsMarksForAWhileSoThatIdlenessLeavesFewSegments() {
        harness.append("entries", 0, TestEntries.entry(1));
        harness.open(ENTRIES);
        harness.drain();
        mark("watermark", WATERMARK);
        mark("report", REPORT);
        harness.drain();

        assertThat(contiguous()).containsExactly("entries-0/0: 0-1");
        assertThat(harness.committable()).containsEntry(ENTRIES, 1L);

        harness.append("entries", 0, TestEntries.entry(2));
        harness.drain();
        assertThat(contiguous()).containsExactly("entries-0/0: 0-4");
        assertThat(segments())
                .hasSize(2)
                .last()
                .satisfies(
                        last -> {
                            assertThat(last.account().marks()).isEqualTo(2);
                            assertThat(last.account().duplicates()).isZero();
                        });

        mark("watermark", WATERMARK);
        harness.drain();
        harness.close();
        TaskHarness second = harness.restarted(topic, clock);
        harness = second;
        second.open(ENTRIES);
        second.drain();
        clock.advance(1);
        second.poll();
        assertThat(contiguous()).containsExactly("entries-0/0: 0-5");
        assertThat(database.rows("SELECT count(*) FROM audit.gap")).containsExactly("0");
    }

    @Test
    void holdsMarksLongerTheLongerNothingElseComes() {
        harness.open(ENTRIES);
        for (int second = 0; second < 40; second++) {
            mark("watermark", WATERMARK);
            harness.drain();
            clock.advance(1);
        }
        assertThat(segmentsStored()).isBetween(5, 8);

        harness.append("entries", 0, TestEntries.entry(1));
        harness.drain();
        int before = segmentsStored();
        mark("watermark", WATERMARK);
        harness.drain();
        clock.advance(1);
        harness.poll();

        assertThat(segmentsStored()).isEqualTo(before + 1);
    }

    @Test
    void threeTasksThatTakePartitionsFromEachOtherLeaveNoHole() {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        Random random = new Random(seed);
        List<TopicPartition> partitions =
                List.of(ENTRIES, new TopicPartition("entries", 1), TRANSACTIONS, REJECTED);
        int appended = 0;
        for (TopicPartition partition : partitions) {
            append(partition, appended++);
        }
        List<TaskHarness> tasks = new ArrayList<>(List.of(harness));
        while (tasks.size() < 3) {
            tasks.add(harness.restarted(topic, clock));
        }
        Map<TopicPartition, TaskHarness> owners = new HashMap<>();
        for (int round = 0; round < 60; round++) {
            TopicPartition moved = partitions.get(random.nextInt(partitions.size()));
            TaskHarness next = tasks.get(random.nextInt(tasks.size()));
            TaskHarness owner = owners.put(moved, next);
            if (owner != next) {
                // Now and then the one that lost it is not told, and goes on for a while.
                if (owner != null && random.nextInt(4) > 0) {
                    owner.revoke(moved);
                }
                next.revoke(moved);
                next.open(moved);
            }
            for (int i = random.nextInt(6); i > 0; i--) {
                append(partitions.get(random.nextInt(partitions.size())), appended++);
            }
            if (random.nextInt(5) == 0) {
                mark("watermark", WATERMARK);
                clock.advance(2);
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                tasks.get(random.nextInt(tasks.size())).poll();
            }
        }
        tasks.forEach(TaskHarness::close);
        harness = harness.restarted(topic, clock);
        harness.open(partitions.toArray(TopicPartition[]::new));
        mark("watermark", WATERMARK);
        harness.append("entries", 0, TestEntries.entry(appended));
        harness.drain();

        Map<String, Long> ends = new HashMap<>();
        contiguous().stream()
                .map(range -> range.split("[-/: ]+"))
                .sorted(Comparator.comparingLong(words -> Long.parseLong(words[3])))
                .forEach(
                        words ->
                                assertThat(ends.put(words[0] + words[1], Long.parseLong(words[4])))
                                        .as("seed %d: %s", seed, List.of(words))
                                        .isEqualTo(
                                                words[3].equals("0")
                                                        ? null
                                                        : (Long) Long.parseLong(words[3])));
        assertThat(segments().stream().mapToLong(Segment::leaves).sum())
                .as("seed %d", seed)
                .isEqualTo(appended + 1);
        assertThat(
                        places("entry").size()
                                + places("transaction").size()
                                + places("rejected").size())
                .isEqualTo(appended + 1);
        assertThat(topic.told()).containsAll(committed());
    }

    private void append(TopicPartition partition, int number) {
        String value =
                partition.equals(TRANSACTIONS)
                        ? context(number)
                        : partition.equals(REJECTED)
                                ? REJECTED_RECORD.formatted(number)
                                : TestEntries.entry(number);
        harness.append(partition.topic(), partition.partition(), value);
    }

    private int segmentsStored() {
        return Integer.parseInt(database.rows("SELECT count(*) FROM audit.segment").get(0));
    }

    private void mark(String kind, String value) {
        harness.append("entries", 0, value).headers().addString("daybook.kind", kind);
    }

    private long gapOffsets() {
        return contiguous().size() - 1;
    }

    private static String context(long transaction) {
        return """
        {"source":"shop","transaction_id":%d,"committed_at":"2026-11-22T09:30:00.120001Z","actor":"anna"}\
        """
                .formatted(transaction);
    }

    private List<String> places(String table) {
        return database.rows("SELECT place FROM audit." + table + " ORDER BY place");
    }

    private Set<String> committed() {
        return new HashSet<>(database.rows("SELECT encode(content, 'hex') FROM audit.segment"));
    }

    private List<Segment> segments() {
        return database
                .rows(
                        "SELECT replace(encode(content, 'base64'), E'\\n', '') FROM audit.segment ORDER BY stream, first_offset, part")
                .stream()
                .map(text -> Segment.parse(Base64.getDecoder().decode(text)))
                .toList();
    }

    private Segment.Account account(TopicPartition partition) {
        return segments().stream()
                .filter(s -> s.topic().equals(partition.topic()))
                .findFirst()
                .orElseThrow()
                .account();
    }

    /** Returns the offsets that each generation's segments cover without a hole. */
    private List<String> contiguous() {
        List<String> streams = new ArrayList<>();
        String name = "";
        long first = 0;
        long next = 0;
        for (Segment segment : segments()) {
            String of = segment.topic() + "-" + segment.partition() + "/" + segment.generation();
            if (!of.equals(name) || segment.first() != next) {
                if (!name.isEmpty()) {
                    streams.add(name + ": " + first + "-" + next);
                }
                name = of;
                first = segment.first();
            }
            next = segment.next();
        }
        streams.add(name + ": " + first + "-" + next);
        return streams;
    }

    /** Stands still until it is advanced. */
    private static final class SettableClock extends Clock {

        private Instant now = Instant.parse("2026-11-22T10:00:00Z");

        void advance(int seconds) {
            now = now.plusSeconds(seconds);
        }

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

    /** Holds what it was told, and refuses when it is told to. */
    private final class Topic implements SegmentTopic {

        private final List<SegmentRecord> records = new ArrayList<>();
        private final Set<String> rowsWhenTold = new HashSet<>();
        private boolean refuse;

        @Override
        public Future<?> send(long stream, byte[] segment) {
            if (refuse) {
                return CompletableFuture.failedFuture(new IllegalStateException("no broker"));
            }
            rowsWhenTold.addAll(
                    database.rows("SELECT count(*) FROM audit.segment WHERE stream = " + stream));
            records.add(SegmentRecord.parse(segment));
            return CompletableFuture.completedFuture(Map.of());
        }

        Set<String> told() {
            Set<String> told = new HashSet<>();
            records.forEach(
                    record -> told.add(java.util.HexFormat.of().formatHex(record.header())));
            return told;
        }

        @Override
        public void close() {}
    }
}
