package dev.daybook.verifier;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks a member as it is read, never further than its size; at its end the size and the checksum
 * must be those that the directory has.
 */
final class MemberStream extends InputStream {

    private final FileChannel file;
    private final PackFile.Entry entry;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final ByteBuffer packed = ByteBuffer.allocate(1 << 16).flip();
    private long at;
    private long left;
    private long unpacked;
    private boolean checked;

    MemberStream(FileChannel file, PackFile.Entry entry, long from) {
        this.file = file;
        this.entry = entry;
        this.at = from;
        this.left = entry.packed();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (unpacked == entry.size()) {
            end();
            return -1;
        }
        int wanted = (int) Math.min(length, entry.size() - unpacked);
        int count = entry.method() == 0 ? copy(into, from, wanted) : inflate(into, from, wanted);
        crc.update(into, from, count);
        unpacked += count;
        return count;
    }

    private int copy(byte[] into, int from, int wanted) throws IOException {
        require(fill());
        int count = Math.min(wanted, packed.remaining());
        packed.get(into, from, count);
        return count;
    }

    private int inflate(byte[] into, int from, int wanted) throws IOException {
        try {
            int count = inflater.inflate(into, from, wanted);
            while (count == 0) {
                require(!inflater.finished() && !inflater.needsDictionary() && fill());
                inflater.setInput(packed);
                count = inflater.inflate(into, from, wanted);
            }
            return count;
        } catch (DataFormatException e) {
            throw refused();
        }
    }

    /** Returns whether there are packed bytes, after reading some if need be. */
    private boolean fill() throws IOException {
        if (!packed.hasRemaining() && left > 0) {
            packed.clear().limit((int) Math.min(packed.capacity(), left));
            int count = file.read(packed, at);
            require(count > 0);
            at += count;
            left -= count;
            packed.flip();
        }
        return packed.hasRemaining();
    }

    private void end() throws IOException {
        if (checked) {
            return;
        }
        if (entry.method() != 0) {
            try {
                byte[] more = new byte[1];
                while (!inflater.finished()) {
                    require(inflater.inflate(more) == 0);
                    if (!inflater.finished()) {
                        require(!inflater.needsDictionary() && fill());
                        inflater.setInput(packed);
                    }
                }
            } catch (DataFormatException e) {
                throw refused();
            }
        }
        require(left == 0 && !packed.hasRemaining() && crc.getValue() == entry.crc());
        checked = true;
        inflater.end();
    }

    private void require(boolean holds) {
        if (!holds) {
            throw refused();
        }
    }

    private PackException refused() {
        inflater.end();
        return new PackException(
                entry.member().fileName(),
                "its bytes do not give the size and the checksum that the zip file has of it.");
    }

    @Override
    public void close() {
        inflater.end();
    }
}
