package dev.daybook.evidence;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Checkpoints that anchors have taken, as the sealer keeps them beside the log: for packs, which
 * show that the log continues each. They are copies and prove nothing; what an anchor has does.
 *
 * @param notes signed checkpoints, the oldest first
 */
public record Receipts(List<String> notes) {

    /** Where they are kept, in the log's store. */
    public static final String FILE = "receipts";

    /** The most that are kept; of the older half then every other goes. */
    static final int MOST = 20;

    public static final Receipts NONE = new Receipts(List.of());

    public Receipts {
        notes = List.copyOf(notes);
    }

    /** Returns these and another, which came last. */
    public Receipts with(String note) {
        if (notes.contains(note)) {
            return this;
        }
        List<String> all = new ArrayList<>(notes);
        all.add(note);
        if (all.size() <= MOST) {
            return new Receipts(all);
        }
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            // The first stays for ever, the newest half as it is.
            if (i >= MOST / 2 || i % 2 == 0) {
                kept.add(all.get(i));
            }
        }
        return new Receipts(kept);
    }

    public byte[] toBytes() {
        return Bundle.write(
                notes.stream().map(note -> note.getBytes(StandardCharsets.UTF_8)).toList());
    }

    /** Reads what {@link #toBytes} wrote. */
    public static Receipts parse(byte[] bytes) {
        return new Receipts(
                Bundle.read(bytes).stream()
                        .map(note -> new String(note, StandardCharsets.UTF_8))
                        .toList());
    }
}
