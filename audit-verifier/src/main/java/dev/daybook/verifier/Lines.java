package dev.daybook.verifier;

import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.PackMember;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;

/** Reads a member line by line, and says of what goes wrong in which line it does. */
final class Lines implements Closeable {

    private final PackMember member;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private byte[] line = new byte[1 << 12];
    private long number;

    Lines(PackFile pack, PackMember member) {
        this.member = member;
        this.in = pack.read(member);
    }

    /** Reads a member that is one text. */
    static String whole(PackFile pack, PackMember member) throws IOException {
        try (InputStream in = pack.read(member)) {
            return decoded(in.readAllBytes());
        } catch (InvalidEvidenceException e) {
            throw new PackException(member.fileName(), String.valueOf(e.getMessage()));
        }
    }

    /** Returns the next line, without its end; null if there is none. */
    @Nullable String next() throws IOException {
        int length = 0;
        number++;
        while (true) {
            if (from == to) {
                from = 0;
                to = Math.max(0, in.read(buffer));
                if (to == 0) {
                    if (length > 0) {
                        throw refused("it does not end with a newline.");
                    }
                    return null;
                }
            }
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            if (length + end - from > PackMember.LONGEST_LINE) {
                throw refused("it has more than " + PackMember.LONGEST_LINE + " bytes.");
            }
            if (line.length < length + end - from) {
                line = Arrays.copyOf(line, Math.max(line.length * 2, length + end - from));
            }
            System.arraycopy(buffer, from, line, length, end - from);
            length += end - from;
            from = end;
            if (from < to) {
                from++;
                try {
                    return decoded(Arrays.copyOf(line, length));
                } catch (InvalidEvidenceException e) {
                    throw refused(String.valueOf(e.getMessage()));
                }
            }
        }
    }

    /** Reads a line that has been returned; what is wrong with it names the line. */
    <T> T in(String text, Function<String, T> read) {
        try {
            return read.apply(text);
        } catch (InvalidEvidenceException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
    }

    PackException refused(String what) {
        return new PackException(member.fileName() + " line " + number, what);
    }

    private static String decoded(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidEvidenceException("It is not UTF-8.");
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
