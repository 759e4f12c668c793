package dev.daybook.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps checkpoints in a file outside, one behind the other: what the sealer's operator must not be
 * able to change.
 */
public final class FileAnchor implements Anchor {

    /** What stands between two checkpoints; a line of a note never is that. */
    private static final String BETWEEN = "\f\n";

    /** What stands behind a checkpoint of which a crash has left a part. */
    private static final String CUT_OFF = " " + BETWEEN;

    private final Path file;

    public FileAnchor(Path file) {
        this.file = file;
    }

    @Override
    public Duration interval() {
        return Duration.ofMinutes(1);
    }

    @Override
    public void add(String checkpoint) throws IOException {
        Files.writeString(
                file,
                (endsWithin() ? CUT_OFF : "") + checkpoint + BETWEEN,
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND,
                StandardOpenOption.SYNC);
    }

    @Override
    public List<String> checkpoints() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String[] notes =
                new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split(BETWEEN, -1);
        // What was cut off in a crash is no checkpoint, and is left aside: the last, which is
        // empty otherwise, and what was marked when another was added.
        return Arrays.stream(notes)
                .limit(notes.length - 1)
                .filter(note -> note.endsWith("\n"))
                .toList();
    }

    /** Returns whether the file ends with a part of a checkpoint. */
    private boolean endsWithin() throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        byte[] between = BETWEEN.getBytes(StandardCharsets.US_ASCII);
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            long size = channel.size();
            if (size == 0) {
                return false;
            }
            ByteBuffer end = ByteBuffer.allocate(between.length);
            channel.position(Math.max(0, size - between.length));
            while (end.hasRemaining() && channel.read(end) >= 0) {
                // To the end of the file.
            }
            return !Arrays.equals(between, end.array());
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
