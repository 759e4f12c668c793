package dev.daybook.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Keeps a log in a directory. */
public final class DirectoryStore implements LogStore {

    /** A file's lock is the process's, so that threads of one need another. */
    private static final Object LOCK = new Object();

    /** How the name of a file ends that is being written. */
    private static final Pattern UNFINISHED =
            Pattern.compile("\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.new$");

    private final Path root;

    public DirectoryStore(Path root) throws IOException {
        this.root = Files.createDirectories(root);
    }

    /**
     * Removes what processes that were killed had begun to write. One that is writing now fails,
     * and may try again.
     *
     * @param age how long ago, at least, it was begun
     */
    public void removeUnfinished(Duration age) throws IOException {
        Instant before = Instant.now(Clock.systemUTC()).minus(age);
        List<Path> unfinished;
        try (Stream<Path> files =
                Files.find(
                        root,
                        Integer.MAX_VALUE,
                        (file, attributes) ->
                                UNFINISHED.matcher(file.getFileName().toString()).find()
                                        && !attributes
                                                .lastModifiedTime()
                                                .toInstant()
                                                .isAfter(before))) {
            unfinished = files.toList();
        }
        for (Path file : unfinished) {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public Optional<byte[]> read(String path) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(root.resolve(path)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void write(String path, byte[] content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Path fresh = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        fresh,
                        java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-r-----")))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public boolean replace(String path, Optional<byte[]> expected, byte[] content)
            throws IOException {
        synchronized (LOCK) {
            try (FileChannel channel =
                            FileChannel.open(
                                    root.resolve("lock"),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE);
                    FileLock held = channel.lock()) {
                Optional<byte[]> present = read(path);
                if (!held.isValid()
                        || present.isPresent() != expected.isPresent()
                        || present.isPresent() && !Arrays.equals(present.get(), expected.get())) {
                    return false;
                }
                write(path, content);
                return true;
            }
        }
    }

    @Override
    public void delete(String path) throws IOException {
        Files.deleteIfExists(root.resolve(path));
    }
}
