package dev.daybook.seal;

import dev.daybook.evidence.Hash;
import dev.daybook.evidence.Segment;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Sorts the segments of a log by stream, first offset and part. What is more than its memory limit
 * is sorted in pieces on disk, which are removed when it is closed.
 */
final class SegmentSpool implements AutoCloseable {

    /** What a segment takes beside its bytes. */
    private static final int OVERHEAD = 150;

    private static final Comparator<Item> ORDER =
            Comparator.comparingLong(Item::stream)
                    .thenComparingLong(Item::first)
                    .thenComparingLong(Item::part)
                    .thenComparingLong(Item::number);

    /**
     * A segment as bytes.
     *
     * @param number how many were added before it
     */
    private record Item(long stream, long first, long part, long number, byte[] bytes) {}

    private final long mostBytes;
    private final List<Item> items = new ArrayList<>();
    private final List<Path> pieces = new ArrayList<>();
    private long bytes;
    private long count;

    /**
     * @param mostBytes how much it keeps in memory, about
     */
    SegmentSpool(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    void add(SealedLog.Sealed sealed) throws IOException {
        Segment segment = sealed.segment();
        byte[] written = write(sealed);
        items.add(new Item(segment.stream(), segment.first(), segment.part(), count++, written));
        bytes += written.length + OVERHEAD;
        if (bytes > mostBytes) {
            spill();
        }
    }

    private void spill() throws IOException {
        items.sort(ORDER);
        Path piece = Files.createTempFile("daybook-verify-", ".segments");
        pieces.add(piece);
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(piece)))) {
            for (Item item : items) {
                out.writeLong(item.stream);
                out.writeLong(item.first);
                out.writeLong(item.part);
                out.writeLong(item.number);
                out.writeInt(item.bytes.length);
                out.write(item.bytes);
            }
        }
        items.clear();
        bytes = 0;
    }

    /** Goes through the segments in their order; any number of times, one after the other. */
    Segments sorted() throws IOException {
        items.sort(ORDER);
        Segments segments = new Segments();
        try {
            segments.add(items.iterator());
            for (Path piece : pieces) {
                segments.add(new Piece(piece));
            }
        } catch (IOException | RuntimeException e) {
            segments.close();
            throw e;
        }
        return segments;
    }

    private static byte[] write(SealedLog.Sealed sealed) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(sealed.leaf());
        out.writeLong(sealed.at());
        byte[] hash = new byte[Hash.LENGTH];
        sealed.leafHash().copyTo(hash, 0);
        out.write(hash);
        out.writeInt(sealed.complete().size());
        for (Map.Entry<String, Long> of : sealed.complete().entrySet()) {
            byte[] source = of.getKey().getBytes(StandardCharsets.UTF_8);
            out.writeInt(source.length);
            out.write(source);
            out.writeLong(of.getValue());
        }
        out.write(sealed.header());
        return bytes.toByteArray();
    }

    private static SealedLog.Sealed read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        long leaf = in.readLong();
        long at = in.readLong();
        Hash leafHash = Hash.of(in.readNBytes(Hash.LENGTH), 0);
        int sources = in.readInt();
        Map<String, Long> complete = new TreeMap<>();
        for (int i = 0; i < sources; i++) {
            String source = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            complete.put(source, in.readLong());
        }
        byte[] header = in.readAllBytes();
        return new SealedLog.Sealed(Segment.parse(header), header, leaf, leafHash, at, complete);
    }

    /** Merges what is in memory and the pieces on disk. */
    static final class Segments implements Iterator<SealedLog.Sealed>, AutoCloseable {

        private record Head(Item item, Iterator<Item> rest) {}

        private final PriorityQueue<Head> heads =
                new PriorityQueue<>(Comparator.comparing(Head::item, ORDER));
        private final List<Piece> open = new ArrayList<>();
        private SealedLog.@Nullable Sealed next;

        private void add(Iterator<Item> items) {
            if (items instanceof Piece piece) {
                open.add(piece);
            }
            if (items.hasNext()) {
                heads.add(new Head(items.next(), items));
            }
        }

        @Override
        public boolean hasNext() {
            return next != null || !heads.isEmpty();
        }

        /** Returns the next segment and stays before it. */
        SealedLog.Sealed peek() {
            SealedLog.Sealed known = next;
            if (known != null) {
                return known;
            }
            Head head = heads.poll();
            if (head == null) {
                throw new NoSuchElementException();
            }
            if (head.rest.hasNext()) {
                heads.add(new Head(head.rest.next(), head.rest));
            }
            try {
                known = read(head.item.bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            next = known;
            return known;
        }

        @Override
        public SealedLog.Sealed next() {
            SealedLog.Sealed taken = peek();
            next = null;
            return taken;
        }

        @Override
        public void close() throws IOException {
            for (Piece piece : open) {
                piece.close();
            }
        }
    }

    /** Goes through a piece on disk. */
    private static final class Piece implements Iterator<Item>, AutoCloseable {

        private final DataInputStream in;
        private @Nullable Item next;

        Piece(Path file) throws IOException {
            in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
            try {
                next = readItem();
            } catch (IOException e) {
                in.close();
                throw e;
            }
        }

        private @Nullable Item readItem() throws IOException {
            long stream;
            try {
                stream = in.readLong();
            } catch (EOFException end) {
                return null;
            }
            long first = in.readLong();
            long part = in.readLong();
            long number = in.readLong();
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            return new Item(stream, first, part, number, bytes);
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Item next() {
            Item item = next;
            if (item == null) {
                throw new NoSuchElementException();
            }
            try {
                next = readItem();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return item;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Override
    public void close() throws IOException {
        items.clear();
        for (Path piece : pieces) {
            Files.deleteIfExists(piece);
        }
        pieces.clear();
    }
}
