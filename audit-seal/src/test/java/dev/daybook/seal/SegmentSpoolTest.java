package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Hash;
import dev.daybook.evidence.Segment;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

class SegmentSpoolTest {

    @ParameterizedTest
    @ValueSource(longs = {0, 5_000, Long.MAX_VALUE})
    void sortsWhatItIsGivenWhateverItsMemory(long bytes) throws Exception {
        long before = pieces();
        Random random = new Random(bytes);
        List<SealedLog.Sealed> given = new ArrayList<>();
        try (SegmentSpool spool = new SegmentSpool(bytes)) {
            for (int i = 0; i < 300; i++) {
                SealedLog.Sealed sealed =
                        sealed(random.nextInt(4), random.nextInt(50), random.nextInt(2), i);
                given.add(sealed);
                spool.add(sealed);
            }
            given.sort(
                    Comparator.comparingLong((SealedLog.Sealed of) -> of.segment().stream())
                            .thenComparingLong(of -> of.segment().first())
                            .thenComparingLong(of -> of.segment().part())
                            .thenComparingLong(SealedLog.Sealed::leaf));
            for (int round = 0; round < 2; round++) {
                try (SegmentSpool.Segments sorted = spool.sorted()) {
                    for (SealedLog.Sealed expected : given) {
                        SealedLog.Sealed next = sorted.next();
                        assertThat(next.segment()).isEqualTo(expected.segment());
                        assertThat(next.header()).isEqualTo(expected.header());
                        assertThat(next.leaf()).isEqualTo(expected.leaf());
                        assertThat(next.leafHash()).isEqualTo(expected.leafHash());
                        assertThat(next.at()).isEqualTo(expected.at());
                        assertThat(next.complete()).isEqualTo(expected.complete());
                    }
                    assertThat(sorted.hasNext()).isFalse();
                }
            }
            assertThat(pieces() > before).isEqualTo(bytes < Long.MAX_VALUE);
        }
        assertThat(pieces()).isEqualTo(before);
    }

    private static long pieces() throws Exception {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.toString().endsWith(".segments")).count();
        }
    }

    private static SealedLog.Sealed sealed(long stream, long first, long part, long leaf) {
        Segment segment =
                new Segment(
                        stream,
                        "sink",
                        "entries",
                        0,
                        0,
                        first,
                        first + 1,
                        part,
                        2,
                        -1,
                        0,
                        Hash.OF_NOTHING,
                        leaf,
                        part > 0
                                ? null
                                : new Segment.Account(
                                        List.of(),
                                        0,
                                        Hash.OF_NOTHING,
                                        0,
                                        0,
                                        List.of(),
                                        1,
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        null));
        byte[] header = segment.toBytes();
        return new SealedLog.Sealed(
                segment,
                header,
                leaf,
                Hash.ofLeaf(header),
                leaf * 7,
                leaf % 3 == 0 ? Map.of() : Map.of("shop", leaf, "", -leaf));
    }
}
