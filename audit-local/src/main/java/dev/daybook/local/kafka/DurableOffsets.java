package dev.daybook.local.kafka;

import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/**
 * Source offsets in a file that is replaced whole: Connect's own file store writes in place, and a
 * kill in the middle of that leaves a file it cannot read.
 */
final class DurableOffsets extends MemoryOffsetBackingStore {

    private final Path file;

    DurableOffsets(Path file) {
        this.file = file;
    }

    @Override
    public synchronized void start() {
        super.start();
        if (!Files.exists(file)) {
            return;
        }
        try {
            Base64.Decoder base64 = Base64.getDecoder();
            for (String line : Files.readAllLines(file)) {
                int space = line.indexOf(' ');
                data.put(
                        ByteBuffer.wrap(base64.decode(line.substring(0, space))),
                        ByteBuffer.wrap(base64.decode(line.substring(space + 1))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void save() {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<ByteBuffer, ByteBuffer> entry : data.entrySet()) {
            if (entry.getValue() != null) {
                lines.append(encode(entry.getKey()))
                        .append(' ')
                        .append(encode(entry.getValue()))
                        .append('\n');
            }
        }
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            fresh,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes =
                        ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(
                    fresh,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Only asked for by the offsets REST endpoint, which is not served here. */
    @Override
    public Set<Map<String, Object>> connectorPartitions(String connector) {
        return Set.of();
    }

    private static String encode(ByteBuffer bytes) {
        return StandardCharsets.US_ASCII
                .decode(Base64.getEncoder().encode(bytes.duplicate()))
                .toString();
    }
}
