package dev.daybook.local.pipeline;

import dev.daybook.local.UserError;

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

    /** What a new data directory takes before the first change, and some room for changes. */
    private static final long NEW = 256 * MEBIBYTE;

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

    /**
     * Refuses a start that would fail half-way for want of room.
     *
     * @throws UserError if there is too little
     */
    void requireForStart() {
        boolean fresh = !Files.exists(directory.audit());
        if (fresh && bytes < NEW) {
            throw new UserError(
                    "A new data directory needs %d MiB, and the disk of %s has %s left."
                            .formatted(NEW / MEBIBYTE, directory, room()),
                    "Make room there, or give --data-dir a directory on another disk.");
        }
        if (isFull()) {
            throw new UserError(
                    "PostgreSQL and Kafka cannot start: " + inWords() + ".",
                    "Make room and start again; nothing is lost.");
        }
    }

    /** Returns one line for a person. */
    public String inWords() {
        if (isFull()) {
            return "the disk of " + directory + " is full: " + room() + " left";
        }
        return isLow()
                ? "the disk of " + directory + " is nearly full: " + room() + " left"
                : room() + " left";
    }

    private String room() {
        return bytes >= 1024 * MEBIBYTE
                ? String.format(Locale.ROOT, "%,.1f GiB", bytes / (1024.0 * MEBIBYTE))
                : bytes / MEBIBYTE + " MiB";
    }
}
