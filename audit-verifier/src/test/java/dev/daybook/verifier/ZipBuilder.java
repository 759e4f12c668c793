package dev.daybook.verifier;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zip files, also such as no packing program writes. */
final class ZipBuilder {

    /** A member; what is said of it need not be true. */
    static final class Member {
        String name;
        String localName;
        int flags;
        int method;
        byte[] packed;
        long size;
        long localSize;
        long crc;
        int attributes;
        byte[] extra = {};
        boolean sharesPlace;

        Member(String name, byte[] content) {
            this.name = name;
            this.localName = name;
            this.packed = content;
            this.size = content.length;
            this.localSize = content.length;
            CRC32 of = new CRC32();
            of.update(content);
            this.crc = of.getValue();
        }

        Member deflated() {
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
            deflater.setInput(packed);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 16];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            deflater.end();
            packed = out.toByteArray();
            method = 8;
            return this;
        }
    }

    final List<Member> members = new ArrayList<>();
    String comment = "";
    int more;

    Member add(String name, byte[] content) {
        Member member = new Member(name, content);
        members.add(member);
        return member;
    }

    byte[] build() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        int at = 0;
        for (Member member : members) {
            if (!member.sharesPlace) {
                at = out.size();
                byte[] name = member.localName.getBytes(StandardCharsets.UTF_8);
                out.writeBytes(
                        buffer(30)
                                .putInt(0x04034b50)
                                .putShort((short) 20)
                                .putShort((short) member.flags)
                                .putShort((short) member.method)
                                .putInt(0)
                                .putInt((int) member.crc)
                                .putInt(member.packed.length)
                                .putInt((int) member.localSize)
                                .putShort((short) name.length)
                                .putShort((short) member.extra.length)
                                .array());
                out.writeBytes(name);
                out.writeBytes(member.extra);
                out.writeBytes(member.packed);
            }
            byte[] name = member.name.getBytes(StandardCharsets.UTF_8);
            directory.writeBytes(
                    buffer(46)
                            .putInt(0x02014b50)
                            .putShort((short) 0x0314)
                            .putShort((short) 20)
                            .putShort((short) member.flags)
                            .putShort((short) member.method)
                            .putInt(0)
                            .putInt((int) member.crc)
                            .putInt(member.packed.length)
                            .putInt((int) member.size)
                            .putShort((short) name.length)
                            .putShort((short) member.extra.length)
                            .putShort((short) 0)
                            .putShort((short) 0)
                            .putShort((short) 0)
                            .putInt(member.attributes)
                            .putInt(at)
                            .array());
            directory.writeBytes(name);
            directory.writeBytes(member.extra);
        }
        int from = out.size();
        out.writeBytes(directory.toByteArray());
        byte[] end = comment.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(
                buffer(22)
                        .putInt(0x06054b50)
                        .putInt(0)
                        .putShort((short) (members.size() + more))
                        .putShort((short) (members.size() + more))
                        .putInt(directory.size())
                        .putInt(from)
                        .putShort((short) end.length)
                        .array());
        out.writeBytes(end);
        return out.toByteArray();
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
