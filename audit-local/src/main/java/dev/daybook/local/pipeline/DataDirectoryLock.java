package dev.daybook.local.pipeline;

import dev.daybook.local.OwnerOnly;
import dev.daybook.local.UserError;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Keeps a data directory to one process. The system releases it when that process ends. */
public final class DataDirectoryLock implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DataDirectoryLock.class);

    private final FileChannel channel;

    private DataDirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock of a directory, which is made if it is missing.
     *
     * @throws UserError if another process has it, or the directory cannot be written
     */
    static DataDirectoryLock take(DataDirectory directory) {
        try {
            OwnerOnly.directory(directory.root());
            FileChannel channel =
                    FileChannel.open(
                            directory.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new UserError(
                        "Another ./daybook up runs on " + directory + ".",
                        "Stop it with ./daybook stop, or choose another --data-dir.");
            }
            channel.truncate(0);
            channel.write(
                    StandardCharsets.US_ASCII.encode(Long.toString(ProcessHandle.current().pid())));
            return new DataDirectoryLock(channel);
        } catch (OverlappingFileLockException e) {
            throw new UserError(
                    "This process already runs a pipeline on " + directory + ".",
                    "Close it first.");
        } catch (IOException e) {
            throw new UserError(
                    "The data directory " + directory + " cannot be written: " + reason(e) + ".",
                    "Choose another with --data-dir.");
        }
    }

    /** Returns the process that has the lock, whether its pipeline is ready or not. */
    public static Optional<ProcessHandle> holder(DataDirectory directory) throws IOException {
        Path file = directory.lock();
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock free = channel.tryLock()) {
            if (free != null) {
                return Optional.empty();
            }
            String holder = Files.readString(file);
            if (holder.isEmpty()) {
                throw new UserError(
                        "A ./daybook up begins on " + directory + " right now.", "Try again.");
            }
            return ProcessHandle.of(Long.parseLong(holder));
        } catch (OverlappingFileLockException e) {
            return Optional.of(ProcessHandle.current());
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("Could not release the lock of the data directory", e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.FileAlreadyExistsException
                ? "it is a file"
                : String.valueOf(e.getMessage());
    }
}
