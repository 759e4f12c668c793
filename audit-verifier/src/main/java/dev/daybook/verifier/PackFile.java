package dev.daybook.verifier;

import dev.daybook.evidence.PackMember;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Opens a pack's zip file, and takes nothing in it that two readers could see differently: the
 * members lie one behind the other from the first byte to the directory, the directory ends with
 * the file, each member's own header says what the directory says, and only members that a pack has
 * are there, each once, within its size. Nothing is ever written to the disk.
 */
final class PackFile implements Closeable {

    static final String WHOLE = "the zip file";

    private static final int END = 0x06054b50;
    private static final int DIRECTORY = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int DESCRIPTOR = 0x08074b50;

    private static final int END_LENGTH = 22;
    private static final int DIRECTORY_LENGTH = 46;
    private static final int LOCAL_LENGTH = 30;

    /** The directory of five members, with what packing programs add to it. */
    private static final int LARGEST_DIRECTORY = 1 << 16;

    private static final int HAS_DESCRIPTOR = 8;

    /** How well it was packed, a descriptor, and names in UTF-8; not encryption. */
    private static final int KNOWN_FLAGS = 2 | 4 | HAS_DESCRIPTOR | 1 << 11;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    /** In the upper half of the external attributes: the kind of file, as Unix has it. */
    private static final int KIND = 0xF000;

    private static final int REGULAR = 0x8000;

    /** A member as the directory has it. */
    record Entry(
            PackMember member, int flags, int method, long crc, long packed, long size, long at) {}

    private final FileChannel file;
    private final Map<PackMember, Content> contents = new EnumMap<>(PackMember.class);

    /** Where the bytes of a member lie. */
    private record Content(Entry entry, long from) {}

    private PackFile(FileChannel file) {
        this.file = file;
    }

    /**
     * Opens a pack.
     *
     * @throws PackException if it is none
     */
    static PackFile open(Path path) throws IOException {
        PackFile pack = new PackFile(FileChannel.open(path, StandardOpenOption.READ));
        try {
            pack.readDirectory();
            return pack;
        } catch (IOException | RuntimeException e) {
            pack.close();
            throw e;
        }
    }

    /** Returns a member's content. */
    InputStream read(PackMember member) {
        Content content = contents.get(member);
        if (content == null) {
            throw new PackException(WHOLE, "it lacks the member " + member.fileName() + ".");
        }
        return new MemberStream(file, content.entry, content.from);
    }

    private void readDirectory() throws IOException {
        long length = file.size();
        if (length < END_LENGTH || length > 0xFFFF_FFFFL) {
            throw new PackException(
                    WHOLE, length + " bytes are not the size of a pack: it has 22 to 2^32 - 1.");
        }
        ByteBuffer end = bytes(length - END_LENGTH, END_LENGTH);
        if (end.getInt() != END || end.getShort(20) != 0) {
            throw new PackException(
                    WHOLE,
                    "it does not end as a zip file does: it is none, it was cut off, or something was"
                            + " added.");
        }
        int count = Short.toUnsignedInt(end.getShort(10));
        long size = Integer.toUnsignedLong(end.getInt(12));
        long from = Integer.toUnsignedLong(end.getInt(16));
        if (end.getInt(4) != 0
                || Short.toUnsignedInt(end.getShort(8)) != count
                || from + size != length - END_LENGTH) {
            throw new PackException(WHOLE, "its directory is not where its end says it is.");
        }
        if (size > LARGEST_DIRECTORY) {
            throw new PackException(
                    WHOLE, "its directory of " + size + " bytes is not that of a pack's members.");
        }
        List<Entry> entries = entries(bytes(from, (int) size), count);
        entries.sort(Comparator.comparingLong(Entry::at));
        long at = 0;
        for (int i = 0; i < entries.size(); i++) {
            long next = i + 1 < entries.size() ? entries.get(i + 1).at() : from;
            at = content(entries.get(i), at, next);
        }
        if (at != from) {
            throw new PackException(
                    WHOLE, "between its members and its directory are other bytes.");
        }
        for (PackMember member : PackMember.values()) {
            if (!contents.containsKey(member)) {
                throw new PackException(WHOLE, "it lacks the member " + member.fileName() + ".");
            }
        }
    }

    private static List<Entry> entries(ByteBuffer directory, int count) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (directory.remaining() < DIRECTORY_LENGTH
                    || directory.getInt(directory.position()) != DIRECTORY) {
                throw new PackException(WHOLE, "its directory has not the members that it counts.");
            }
            int at = directory.position();
            int name = Short.toUnsignedInt(directory.getShort(at + 28));
            int extra = Short.toUnsignedInt(directory.getShort(at + 30));
            if (directory.getShort(at + 32) != 0) {
                throw new PackException(WHOLE, "its directory has a comment.");
            }
            if (directory.remaining() < DIRECTORY_LENGTH + name + extra) {
                throw new PackException(WHOLE, "its directory ends within a member.");
            }
            Entry entry =
                    new Entry(
                            member(directory, at + DIRECTORY_LENGTH, name),
                            directory.getShort(at + 8),
                            directory.getShort(at + 10),
                            Integer.toUnsignedLong(directory.getInt(at + 16)),
                            Integer.toUnsignedLong(directory.getInt(at + 20)),
                            Integer.toUnsignedLong(directory.getInt(at + 24)),
                            Integer.toUnsignedLong(directory.getInt(at + 42)));
            if (entries.stream().anyMatch(other -> other.member() == entry.member())) {
                throw new PackException(
                        WHOLE, "it has the member " + entry.member().fileName() + " twice.");
            }
            int kind = directory.getInt(at + 38) >>> 16 & KIND;
            require(
                    kind == 0 || kind == REGULAR,
                    entry,
                    "it is a link or something else that is no file.");
            require(directory.getShort(at + 34) == 0, entry, "it is on another disk.");
            check(entry);
            entries.add(entry);
            directory.position(at + DIRECTORY_LENGTH + name + extra);
        }
        if (directory.hasRemaining()) {
            throw new PackException(
                    WHOLE, "its directory has more than the members that it counts.");
        }
        return entries;
    }

    private static PackMember member(ByteBuffer directory, int at, int length) {
        byte[] bytes = new byte[length];
        directory.get(at, bytes);
        String name = new String(bytes, StandardCharsets.UTF_8);
        for (PackMember member : PackMember.values()) {
            if (member.fileName().equals(name)) {
                return member;
            }
        }
        throw new PackException(
                WHOLE,
                "it has a member '" + Plain.line(name, 100) + "', which a pack does not have.");
    }

    private static void check(Entry entry) {
        require(
                entry.method() == STORED || entry.method() == DEFLATED,
                entry,
                "it is packed by method " + entry.method() + ", not 0 or 8.");
        require(
                (entry.flags() & ~KNOWN_FLAGS) == 0,
                entry,
                "it has flags that a pack's members do not have; it may be encrypted.");
        require(
                entry.size() <= entry.member().most(),
                entry,
                "it says that it has "
                        + entry.size()
                        + " bytes, and may have "
                        + entry.member().most()
                        + ".");
        require(
                entry.method() != STORED || entry.size() == entry.packed(),
                entry,
                "it is not packed and says that it has two sizes.");
    }

    /** Holds a member's own header to the directory; returns where what follows begins. */
    private long content(Entry entry, long expected, long next) throws IOException {
        require(
                entry.at() == expected,
                entry,
                "it does not begin where the member before it ends.");
        require(entry.at() + LOCAL_LENGTH <= next, entry, "it overlaps with what follows.");
        ByteBuffer header = bytes(entry.at(), LOCAL_LENGTH);
        byte[] name = entry.member().fileName().getBytes(StandardCharsets.UTF_8);
        boolean later = (entry.flags() & HAS_DESCRIPTOR) != 0;
        int nameLength = Short.toUnsignedInt(header.getShort(26));
        int extraLength = Short.toUnsignedInt(header.getShort(28));
        require(
                header.getInt(0) == LOCAL
                        && header.getShort(6) == (short) entry.flags()
                        && header.getShort(8) == (short) entry.method()
                        && nameLength == name.length
                        && isSaid(header, 14, entry.crc(), later)
                        && isSaid(header, 18, entry.packed(), later)
                        && isSaid(header, 22, entry.size(), later),
                entry,
                "its own header does not say what the directory says.");
        long from = entry.at() + LOCAL_LENGTH + nameLength + extraLength;
        long end = from + entry.packed();
        require(end <= next, entry, "it overlaps with what follows.");
        require(
                bytes(entry.at() + LOCAL_LENGTH, name.length).equals(ByteBuffer.wrap(name)),
                entry,
                "its own header has another name.");
        contents.put(entry.member(), new Content(entry, from));
        return later ? descriptor(entry, end, next) : end;
    }

    /**
     * Returns whether a header says a number, or leaves it to the descriptor behind the content.
     */
    private static boolean isSaid(ByteBuffer header, int at, long number, boolean later) {
        long said = Integer.toUnsignedLong(header.getInt(at));
        return said == number || later && said == 0;
    }

    private long descriptor(Entry entry, long end, long next) throws IOException {
        int length = (int) Math.min(16, next - end);
        require(length == 12 || length == 16, entry, "its descriptor is missing.");
        ByteBuffer descriptor = bytes(end, length);
        require(
                (length == 12 || descriptor.getInt() == DESCRIPTOR)
                        && Integer.toUnsignedLong(descriptor.getInt()) == entry.crc()
                        && Integer.toUnsignedLong(descriptor.getInt()) == entry.packed()
                        && Integer.toUnsignedLong(descriptor.getInt()) == entry.size(),
                entry,
                "its descriptor does not say what the directory says.");
        return end + length;
    }

    private static void require(boolean holds, Entry entry, String otherwise) {
        if (!holds) {
            throw new PackException(entry.member().fileName(), otherwise);
        }
    }

    private ByteBuffer bytes(long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                throw new EOFException("The file became shorter while it was read.");
            }
        }
        return bytes.flip();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
