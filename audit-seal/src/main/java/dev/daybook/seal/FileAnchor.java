package dev.daybook.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps checkpoints in a file outside, one behind the other: what the sealer's operator must not be
 * able to change.
 */
public final class FileAnchor implements Anchor {

    /** What stands between two checkpoints; a line of a note never is that. */
    private static final String BETWEEN = "\f\n";

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
                checkpoint + BETWEEN,
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
        List<String> checkpoints = new ArrayList<>();
        for (String note : Files.readString(file, StandardCharsets.UTF_8).split(BETWEEN)) {
            // What was cut off in a crash is no checkpoint, and is left aside.
            if (note.endsWith("\n")) {
                checkpoints.add(note);
            }
        }
        return checkpoints;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
