package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Hash;
import dev.daybook.evidence.Segment;

import org.junit.jupiter.api.Test;

import java.util.List;

class ChainsTest {

    private final Chains chains = new Chains();

    @Test
    void whatFollowsOrComesAgainIsNoBreak() {
        take(link("shop", 0, 0x10, 0x20), link("shop", 1, 0x10, 0x20));
        take(link("shop", 0, 0x20, 0x30), link("mill", 0, 0x500, 0x600));
        take(link("shop", 0, 0x10, 0x28), link("shop", 1, 0x18, 0x40));
        take(link("shop", 0, 0x30, 0x30), link("shop", 0, 0x30, 0x40));

        assertThat(chains.breaks()).isEmpty();
    }

    @Test
    void aPositionBehindTheLastOneIsABreakWithBounds() {
        take(link("shop", 0, 0x10, 0x20), link("shop", 1, 0x10, 0x20));
        take(link("shop", 0, 0x21, 0x30), link("shop", 1, 0x21, 0x30));

        assertThat(chains.breaks())
                .singleElement()
                .asString()
                .contains("shop", "00000000/00000020 to 00000000/00000021", "leaf 7");
    }

    @Test
    void aCaptureThatBeginsAnewIsNamedAndFollowedFromThere() {
        take(link("shop", 0, 0x10, 0x2000));
        take(link("shop", 0, 0, 0x20));
        take(link("shop", 0, 0x20, 0x30), link("shop", 0, 0x40, 0x50));

        assertThat(chains.breaks())
                .satisfiesExactly(
                        anew -> assertThat(anew).contains("00000000/00002000", "anew"),
                        moved ->
                                assertThat(moved)
                                        .contains("00000000/00000030 to 00000000/00000040"));
    }

    private void take(Segment.Link... links) {
        Segment segment =
                new Segment(
                        1,
                        "sink",
                        "entries",
                        0,
                        0,
                        0,
                        1,
                        0,
                        1,
                        -1,
                        0,
                        Hash.OF_NOTHING,
                        0,
                        new Segment.Account(
                                List.of(),
                                0,
                                Hash.OF_NOTHING,
                                0,
                                0,
                                List.of(),
                                1,
                                List.of(),
                                List.of(),
                                List.of(links),
                                null));
        chains.take(Segment.parse(segment.toBytes()), "leaf 7");
    }

    private static Segment.Link link(String source, long partition, long from, long to) {
        return new Segment.Link(source, 0, partition, from, to);
    }
}
