package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Hash;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class PendingTest {

    private final Pending pending = new Pending(Map.of(1L, 10L));
    private final Map<AuditTables.Key, byte[]> stored = new HashMap<>();

    @Test
    void sealsWhatWasCommittedInItsOrder() {
        SegmentRecord first = told(0, 1, 0, 10, 20);
        SegmentRecord second = told(1, 1, 0, 20, 30);
        commit(first);
        commit(second);

        assertThat(sealed()).containsExactly(first, second);
        assertThat(pending.next(2)).isEqualTo(2);
        assertThat(pending.ends()).containsEntry(1L, 30L);
        assertThat(sealed()).isEmpty();
    }

    @Test
    void waitsForWhatIsNotCommittedYet() {
        SegmentRecord first = told(5, 1, 0, 10, 20);

        assertThat(sealed()).isEmpty();
        assertThat(pending.next(6)).isEqualTo(5);

        commit(first);
        assertThat(sealed()).containsExactly(first);
    }

    @Test
    void dropsWhatWasToldAgainWithOtherContents() {
        told(0, 1, 0, 10, 25);
        SegmentRecord again = told(1, 1, 0, 10, 20);
        commit(again);

        assertThat(sealed()).containsExactly(again);
        // Its offsets come again.
        SegmentRecord rest = told(2, 1, 0, 20, 25);
        commit(rest);
        assertThat(sealed()).containsExactly(rest);
        assertThat(pending.next(3)).isEqualTo(3);
    }

    @Test
    void sealsWhatAnotherFollowsAlthoughItsRowIsGone() {
        SegmentRecord gone = told(0, 1, 0, 10, 20);
        SegmentRecord next = told(1, 1, 0, 20, 30);
        commit(next);

        assertThat(sealed()).containsExactly(gone, next);
    }

    @Test
    void waitsForAllPartsOfATransaction() {
        SegmentRecord first = told(0, 1, 0, 10, 20, 0, 2);
        commit(first);
        SegmentRecord next = told(2, 1, 0, 20, 30);

        assertThat(sealed()).isEmpty();

        SegmentRecord second = told(1, 1, 0, 10, 20, 1, 2);
        commit(second);
        commit(next);
        assertThat(sealed()).containsExactlyInAnyOrder(first, second, next);
    }

    @Test
    void dropsWhatANewGenerationHasLeftBehind() {
        told(0, 1, 0, 10, 20);
        SegmentRecord next = told(1, 2, 1, 5, 30);
        commit(next);

        assertThat(sealed()).containsExactly(next);
        assertThat(pending.next(2)).isEqualTo(2);
    }

    @Test
    void leavesOutWhatIsSealedAlready() {
        commit(told(0, 1, 0, 5, 10));

        assertThat(sealed()).isEmpty();
    }

    private List<SegmentRecord> sealed() {
        return pending.decide(stored).stream().map(Pending.Told::record).toList();
    }

    private SegmentRecord told(long offset, long stream, long generation, long first, long next) {
        return told(offset, stream, generation, first, next, 0, 1);
    }

    private SegmentRecord told(
            long offset,
            long stream,
            long generation,
            long first,
            long next,
            long part,
            long parts) {
        Segment segment =
                new Segment(
                        stream,
                        "sink",
                        "entries",
                        0,
                        generation,
                        first,
                        next,
                        part,
                        parts,
                        -1,
                        0,
                        Hash.OF_NOTHING,
                        offset,
                        part > 0
                                ? null
                                : new Segment.Account(
                                        List.of(),
                                        0,
                                        Hash.OF_NOTHING,
                                        0,
                                        0,
                                        List.of(),
                                        0,
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        null));
        SegmentRecord record = new SegmentRecord(segment.toBytes(), List.of());
        pending.add(offset, record);
        return record;
    }

    private void commit(SegmentRecord record) {
        Segment segment = record.segment();
        stored.put(
                new AuditTables.Key(segment.stream(), segment.first(), segment.part()),
                record.header());
    }
}
