package dev.daybook.connect.source.replication;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Takes values that are too large to be recorded out of a replication stream while it is being
 * received, before anything has to hold them in memory.
 *
 * <p>PostgreSQL sends a changed row as one message of up to 1 GB, and pgjdbc receives a message as
 * one array: a heap of ordinary size would be exhausted, and again after each restart, since the
 * source sends the change until it is confirmed. So a message longer than {@code maxValueBytes} is
 * read here piece by piece, and goes on without its large values: in the place of each stand the
 * letter {@link #LARGE} and its length, and of the content of a logical message its length as a
 * negative number, which {@link PgOutputReader} understands. Everything else passes as it is.
 *
 * <p>The stream is followed from the connection's first byte (PostgreSQL documentation, "Message
 * Formats"). Where the server agrees to TLS, what passes here is not readable, and is left alone.
 */
final class LargeValueFilter extends InputStream {

    /** Marks a value that was taken out; four bytes of its length follow. */
    static final byte LARGE = 'L';

    private static final int FRAME_HEADER = 5;
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private static final SocketTimeoutException NOTHING_THERE = new NothingThere();

    private final InputStream in;
    private final int maxValueBytes;

    /** What was received and has not passed yet. */
    private final byte[] buffer = new byte[1 << 16];

    private int from;
    private int to;

    /** A message that was made smaller, and how much of it has passed. */
    private byte[] reduced = new byte[0];

    private int reducedPassed;

    /** Bytes of the current message that are still to pass as they are. */
    private long rest;

    private boolean negotiating = true;
    private boolean opaque;
    private boolean waiting = true;

    LargeValueFilter(InputStream in, int maxValueBytes) {
        this.in = in;
        this.maxValueBytes = maxValueBytes;
    }

    /** Whether a message that is not there yet is waited for, as long as the socket waits. */
    void waiting(boolean wait) {
        waiting = wait;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int count = read(one, 0, 1);
        return count < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int passed = 0;
        while (passed < length) {
            int more;
            if (reducedPassed < reduced.length) {
                more = Math.min(length - passed, reduced.length - reducedPassed);
                System.arraycopy(reduced, reducedPassed, into, offset + passed, more);
                reducedPassed += more;
                if (reducedPassed == reduced.length) {
                    reduced = new byte[0];
                    reducedPassed = 0;
                }
            } else if (rest > 0 && from < to) {
                more = (int) Math.min(rest, Math.min(length - passed, to - from));
                System.arraycopy(buffer, from, into, offset + passed, more);
                from += more;
                rest -= more;
            } else if (passed > 0 && to - from < FRAME_HEADER) {
                // What is here goes out before anything is waited for.
                return passed;
            } else if (rest > 0) {
                more = in.read(into, offset, (int) Math.min(rest, length));
                if (more < 0) {
                    return more;
                }
                rest -= more;
                return more;
            } else {
                if (to - from < (negotiating ? 1 : FRAME_HEADER)) {
                    if (!waiting && in.available() == 0) {
                        throw NOTHING_THERE;
                    }
                    if (!fill()) {
                        return -1;
                    }
                }
                begin();
                more = 0;
            }
            passed += more;
        }
        return passed;
    }

    /** Looks at the message that begins, if its header is there, and decides how it passes. */
    private void begin() throws IOException {
        if (opaque) {
            rest = Long.MAX_VALUE;
            return;
        }
        if (from == to) {
            return;
        }
        if (negotiating) {
            byte answer = buffer[from];
            if (answer == 'S') {
                opaque = true;
                rest = Long.MAX_VALUE;
                return;
            }
            if (answer == 'N' || answer == 'G') {
                // A bare no to encryption; the first message proper is about authentication.
                rest = 1;
                return;
            }
            negotiating = false;
        }
        if (to - from < FRAME_HEADER) {
            return;
        }
        long length = ByteBuffer.wrap(buffer).getInt(from + 1) - 4L;
        if (buffer[from] == 'd' && length > maxValueBytes) {
            from += FRAME_HEADER;
            reduced = new Large(length).withoutLargeValues();
        } else {
            rest = FRAME_HEADER + length;
        }
    }

    /** Receives more; false at the connection's end. */
    private boolean fill() throws IOException {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        int more = in.read(buffer, to, buffer.length - to);
        if (more < 0) {
            return false;
        }
        to += more;
        return true;
    }

    /** Says what a timeout says, many times a second, and so without a stack trace. */
    private static final class NothingThere extends SocketTimeoutException {
        private static final long serialVersionUID = 1;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    /** A large message, received piece by piece. */
    private final class Large {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final byte[] piece = new byte[8];
        private long left;

        Large(long length) {
            left = length;
        }

        byte[] withoutLargeValues() throws IOException {
            // 'w' and three numbers of eight bytes, then pgoutput's message.
            copy(1 + 3 * 8);
            byte kind = copyByte();
            if (kind == 'I' || kind == 'U' || kind == 'D') {
                copy(4);
                while (left > 0) {
                    copyByte();
                    row();
                }
            } else if (kind == 'M') {
                // Flags and position, the prefix, the content.
                copy(1 + 8);
                while (copyByte() != 0) {
                    continue;
                }
                read(4);
                int length = ByteBuffer.wrap(piece).getInt(0);
                boolean tooLarge = length > maxValueBytes;
                out.writeBytes(ByteBuffer.allocate(4).putInt(tooLarge ? -length : length).array());
                if (tooLarge) {
                    skip(left);
                } else {
                    copy(left);
                }
            } else {
                copy(left);
            }
            byte[] message = new byte[FRAME_HEADER + out.size()];
            ByteBuffer.wrap(message).put((byte) 'd').putInt(out.size() + 4).put(out.toByteArray());
            return message;
        }

        private void row() throws IOException {
            read(2);
            out.write(piece, 0, 2);
            int columns = (piece[0] & 0xFF) << 8 | piece[1] & 0xFF;
            for (int i = 0; i < columns; i++) {
                read(1);
                byte state = piece[0];
                if (state != 't') {
                    out.write(piece, 0, 1);
                    continue;
                }
                read(4);
                int length = ByteBuffer.wrap(piece).getInt(0);
                boolean tooLarge = length > maxValueBytes;
                out.write(tooLarge ? LARGE : state);
                out.write(piece, 0, 4);
                if (tooLarge) {
                    skip(length);
                } else {
                    copy(length);
                }
            }
        }

        private byte copyByte() throws IOException {
            copy(1);
            return last;
        }

        private byte last;

        private void copy(long count) throws IOException {
            for (long wanted = count; wanted > 0; ) {
                int there = there(wanted);
                out.write(buffer, from, there);
                last = buffer[from + there - 1];
                from += there;
                wanted -= there;
            }
        }

        private void skip(long count) throws IOException {
            for (long wanted = count; wanted > 0; ) {
                int there = there(wanted);
                from += there;
                wanted -= there;
            }
        }

        private void read(int count) throws IOException {
            for (int done = 0; done < count; ) {
                int there = there(count - done);
                System.arraycopy(buffer, from, piece, done, there);
                from += there;
                done += there;
            }
        }

        /**
         * Returns how many of the wanted bytes are in the buffer, at least one; counts them as
         * taken.
         */
        private int there(long wanted) throws IOException {
            if (wanted > left) {
                throw new IOException("A message of the replication stream ends too early.");
            }
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (from == to) {
                try {
                    if (!fill()) {
                        throw new EOFException(
                                "The source closed the connection within a message.");
                    }
                } catch (SocketTimeoutException e) {
                    // Whoever reads only wanted to see whether a message begins. This one has
                    // begun.
                    if (System.nanoTime() > deadline) {
                        throw new IOException("The source stopped sending within a message.", e);
                    }
                }
            }
            int there = (int) Math.min(wanted, to - from);
            left -= there;
            return there;
        }
    }

    @Override
    public int available() throws IOException {
        return reduced.length - reducedPassed + to - from + in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
