package dev.daybook.pack;

import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Holds the segments that a pack's rows are of, by place, and turns rows into lines: each row is
 * held to the hash that was sealed of it, so that a pack is never made of what its reader will
 * refuse.
 */
final class Groups {

    /** The offsets of one transaction of a sink: its segments, and where the log lists them. */
    private record Group(long next, PersonalColumns personal, List<SealedLog.Listed> parts) {}

    private final SealedLog log;
    private final LeafHasher hasher = new LeafHasher();

    /** By the place of the first offset. */
    private final TreeMap<Long, Group> groups = new TreeMap<>();

    private @Nullable Group current;
    private List<Map<Long, Integer>> indexes = List.of();
    private List<List<Hash>> hashes = List.of();
    private long sealed;
    private long seen;

    Groups(SealedLog log) {
        this.log = log;
    }

    /** Adds the offsets that these segments are of; all parts must be given. */
    void add(List<SealedLog.Listed> parts) {
        Segment first = Segment.parse(parts.getFirst().header());
        Segment.Account account = first.account();
        if (account == null || parts.size() != first.parts()) {
            throw new IllegalStateException("The first part comes first, and all come.");
        }
        for (SealedLog.Listed part : parts) {
            sealed += Segment.parse(part.header()).leaves();
        }
        groups.put(
                Place.of(first.stream(), first.first()),
                new Group(
                        Place.of(first.stream(), first.next() - 1) + 1,
                        new PersonalColumns(account.personal()),
                        List.copyOf(parts)));
    }

    /** Returns whether a place is of one of the segments. */
    boolean has(long place) {
        return group(place) != null;
    }

    private @Nullable Group group(long place) {
        Map.Entry<Long, Group> group = groups.floorEntry(place);
        return group == null || place >= group.getValue().next ? null : group.getValue();
    }

    long firstPlace() {
        return groups.firstKey();
    }

    long lastPlace() {
        return groups.lastEntry().getValue().next - 1;
    }

    /** Returns the leaves that list the segments. */
    TreeSet<Long> leaves() {
        TreeSet<Long> leaves = new TreeSet<>();
        groups.values().forEach(group -> group.parts.forEach(part -> leaves.add(part.leaf())));
        return leaves;
    }

    /**
     * Returns the line of a row; rows come in the order of their places.
     *
     * @param whole whether all rows of the segments come
     */
    String line(StoredRow row, boolean whole) throws IOException, PackProblem {
        Group group = group(row.place());
        if (group == null) {
            throw SealedLog.broken(row.inWords() + " is of no sealed segment.");
        }
        if (!group.equals(current)) {
            enter(group);
        }
        UsedSalts salts = new UsedSalts(row.seed());
        Hash hash = row.hash(hasher, salts, group.personal);
        for (int i = 0; i < group.parts.size(); i++) {
            Integer index = indexes.get(i).get(Place.offset(row.place()));
            if (index != null && hashes.get(i).get(index).equals(hash)) {
                seen++;
                SealedLog.Listed part = group.parts.get(i);
                List<Hash> leaves = hashes.get(i);
                return row.line(
                        part.leaf(),
                        part.number(),
                        index,
                        whole
                                ? null
                                : MerkleTree.inclusion(
                                        index, leaves.size(), MerkleTree.over(leaves)),
                        salts);
            }
        }
        throw SealedLog.broken(
                row.inWords() + " is in the audit database and is not what was sealed there.");
    }

    private void enter(Group group) throws IOException, PackProblem {
        current = group;
        indexes = new ArrayList<>();
        hashes = new ArrayList<>();
        for (SealedLog.Listed part : group.parts) {
            Map<Long, Integer> index = new HashMap<>();
            List<Hash> leaves = new ArrayList<>();
            if (Segment.parse(part.header()).leaves() > 0) {
                for (SegmentRecord.Leaf leaf : log.record(part).leaves()) {
                    index.put(leaf.offset(), leaves.size());
                    leaves.add(leaf.hash());
                }
            }
            indexes.add(index);
            hashes.add(leaves);
        }
    }

    /** Requires that all rows of the segments have come. */
    void requireAll() throws PackProblem {
        if (seen != sealed) {
            throw SealedLog.broken(
                    sealed - seen + " of " + sealed + " rows that were sealed together are gone.");
        }
    }

    /** Returns how many rows the segments have. */
    long sealed() {
        return sealed;
    }
}
