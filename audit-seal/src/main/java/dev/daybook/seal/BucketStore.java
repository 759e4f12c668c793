package dev.daybook.seal;

import dev.daybook.bucket.LogBucket;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** Keeps a log in a bucket of S3, whose writes under a condition decide between two sealers. */
public final class BucketStore implements LogStore {

    private final LogBucket bucket;

    public BucketStore(LogBucket bucket) {
        this.bucket = bucket;
    }

    @Override
    public Optional<byte[]> read(String path) throws IOException {
        return Optional.ofNullable(bucket.read(path)).map(LogBucket.Version::content);
    }

    @Override
    public void write(String path, byte[] content) throws IOException {
        bucket.write(path, content);
    }

    @Override
    public boolean replace(String path, Optional<byte[]> expected, byte[] content)
            throws IOException {
        LogBucket.Version there = bucket.read(path);
        boolean written;
        if (there == null) {
            written = expected.isEmpty() && bucket.writeNew(path, content);
        } else {
            written =
                    expected.isPresent()
                            && Arrays.equals(there.content(), expected.get())
                            && bucket.writeOver(path, content, there.tag());
        }
        // Where S3's answer was lost, the second attempt finds the first one's content. No other
        // sealer writes the same head, since a head names a file of its own.
        return written || has(path, content);
    }

    private boolean has(String path, byte[] content) throws IOException {
        LogBucket.Version there = bucket.read(path);
        return there != null && Arrays.equals(there.content(), content);
    }

    @Override
    public void delete(String path) throws IOException {
        bucket.delete(path);
    }
}
