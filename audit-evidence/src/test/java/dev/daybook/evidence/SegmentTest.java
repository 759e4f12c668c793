package dev.daybook.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

class SegmentTest {

    private static final List<SegmentRecord.Leaf> LEAVES =
            List.of(
                    new SegmentRecord.Leaf(5, Hash.ofLeaf(new byte[] {1})),
                    new SegmentRecord.Leaf(7, Hash.ofLeaf(new byte[] {2})));

    @Test
    void readsWhatItWrote() {
        Segment segment = segment(SegmentRecord.root(LEAVES));
        SegmentRecord record = new SegmentRecord(segment.toBytes(), LEAVES);

        SegmentRecord read = SegmentRecord.parse(record.toBytes());

        assertThat(read.segment()).isEqualTo(segment);
        assertThat(read.leaves()).isEqualTo(LEAVES);
        assertThatThrownBy(
                        () ->
                                SegmentRecord.parse(
                                        new SegmentRecord(
                                                        segment(Hash.OF_NOTHING).toBytes(), LEAVES)
                                                .toBytes()))
                .isInstanceOf(InvalidEvidenceException.class);
    }

    @Test
    void readsWhatOfAWriteAheadLogWasRead() {
        Segment segment =
                segment(
                        Hash.OF_NOTHING,
                        List.of(
                                new Segment.Link("shop", 0, 1, 0, 0x1_0000_0028L),
                                new Segment.Link("shop", 1, 1, -2, -1)),
                        null);

        assertThat(Segment.parse(segment.toBytes())).isEqualTo(segment);
        assertThat(new String(segment.toBytes(), StandardCharsets.ISO_8859_1))
                .startsWith("daybook/segment/v2");
        assertThat(new String(segment(Hash.OF_NOTHING).toBytes(), StandardCharsets.ISO_8859_1))
                .startsWith("daybook/segment/v1");
        byte[] without = segment(Hash.OF_NOTHING).toBytes();
        without["daybook/segment/v".length()] = '2';
        assertThatThrownBy(() -> Segment.parse(without))
                .isInstanceOf(InvalidEvidenceException.class);
    }

    @Test
    void readsThatRowsWereSealedAsFound() {
        Segment segment = segment(Hash.OF_NOTHING, List.of(), new Segment.Found(-7, 8));
        byte[] key = new byte[FoundKeys.KEY_LENGTH];
        key[3] = 1;
        FoundKeys keys = new FoundKeys(segment.toBytes(), key, List.of(9L, -4L));

        assertThat(Segment.parse(segment.toBytes())).isEqualTo(segment);
        assertThat(segment.isAsFound()).isTrue();
        assertThat(FoundKeys.parse(keys.toBytes()).offsets())
                .containsExactlyInAnyOrderEntriesOf(Map.of(9L, 5L, -4L, 6L));
        assertThat(keys.seed(5)).hasSize(16).isNotEqualTo(keys.seed(6));
        assertThat(FoundKeys.row(key, 1, "a")).isNotEqualTo(FoundKeys.row(key, 2, "a"));
        assertThat(FoundKeys.table(FoundKeys.stream(2))).isEqualTo(2);
        assertThatThrownBy(() -> FoundKeys.parse(new byte[7]))
                .isInstanceOf(InvalidEvidenceException.class);
    }

    @Test
    void readsEachKindOfLeafThatItWrote() {
        byte[] segment = segment(Hash.OF_NOTHING).toBytes();
        for (LogLeaf.Content content :
                List.of(
                        new LogLeaf.Beginning("key", List.of(new LogLeaf.Earlier("entry", 5))),
                        new LogLeaf.Verification("intact", 3, 4, 0),
                        new LogLeaf.Heartbeat(
                                List.of(
                                        new LogLeaf.Complete("shop", 5, "0/1"),
                                        new LogLeaf.Complete("", 6, null))),
                        new LogLeaf.Coverage(List.of("one", "two")))) {
            assertThat(LogLeaf.parse(new LogLeaf(9, content).toBytes()))
                    .isEqualTo(new LogLeaf(9, content));
        }
        LogLeaf.Segments read =
                (LogLeaf.Segments)
                        LogLeaf.parse(
                                        new LogLeaf(9, new LogLeaf.Segments(List.of(segment)))
                                                .toBytes())
                                .content();
        assertThat(read.segments()).singleElement().isEqualTo(segment);
    }

    @Test
    void refusesBytesThatAreNoneWithAReason() {
        Random random = Vectors.random();
        byte[] good =
                new SegmentRecord(segment(SegmentRecord.root(LEAVES)).toBytes(), LEAVES).toBytes();
        for (int round = 0; round < 5_000; round++) {
            byte[] bad =
                    random.nextBoolean()
                            ? good.clone()
                            : Arrays.copyOf(good, random.nextInt(good.length + 9));
            if (bad.length > 0) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                SegmentRecord.parse(bad);
            } catch (InvalidEvidenceException e) {
                assertThat(e).hasMessageEndingWith(".");
            }
        }
    }

    private static Segment segment(Hash root) {
        return segment(root, List.of(), null);
    }

    private static Segment segment(
            Hash root, List<Segment.Link> links, Segment.@Nullable Found found) {
        return new Segment(
                1,
                "daybook-sink",
                "entries",
                0,
                0,
                5,
                9,
                0,
                1,
                671,
                2,
                root,
                1_763_803_800_120_001L,
                new Segment.Account(
                        List.of(new Segment.SourceCount("shop", 2)),
                        1,
                        Hash.OF_NOTHING,
                        0,
                        0,
                        List.of(
                                new Segment.Watermark(
                                        "shop", 0, 2, 0, 2, 1_763_803_800_120_001L, null)),
                        1,
                        List.of(new UUID(1, 2)),
                        List.of("public.t.name"),
                        links,
                        found));
    }
}
