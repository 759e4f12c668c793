package dev.daybook.local.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;

/**
 * Says how much room is left where a data directory is.
 *
 * @param directory the data directory
 * @param bytes what this user may still write
 */
public record DiskSpace(DataDirectory directory, long bytes) {

    private static final long MEBIBYTE = 1 << 20;

    /** Below this, a start or a checkpoint of PostgreSQL or Kafka may fail. */
    private static final long FULL = 48 * MEBIBYTE;

    /** Below this, capture pauses, so that what is under way can be stored. */
    private static final long LOW = 96 * MEBIBYTE;

    /** From this on, capture goes on. */
    private static final long ENOUGH = 128 * MEBIBYTE;

    /** Returns the room that is left; more than enough if the system does not tell. */
    public static DiskSpace of(DataDirectory directory) {
        try {
            return new DiskSpace(directory, Files.getFileStore(directory.root()).getUsableSpace());
        } catch (IOException e) {
            return new DiskSpace(directory, Long.MAX_VALUE);
        }
    }

    public boolean isLow() {
        return bytes < LOW;
    }

    boolean isFull() {
        return bytes < FULL;
    }

    boolean isEnough() {
        return bytes >= ENOUGH;
    }

    /** Returns one line for a person. */
    public String inWords() {
        String room =
                bytes >= 1024 * MEBIBYTE
                        ? String.format(Locale.ROOT, "%,.1f GiB", bytes / (1024.0 * MEBIBYTE))
                        : bytes / MEBIBYTE + " MiB";
        if (isFull()) {
            return "the disk of " + directory + " is full: " + room + " left";
        }
        return isLow()
                ? "the disk of " + directory + " is nearly full: " + room + " left"
                : room + " left";
    }
}
