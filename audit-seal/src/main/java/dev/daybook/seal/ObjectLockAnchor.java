package dev.daybook.seal;

import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps checkpoints in a bucket of S3 with Object Lock in compliance mode, best of another account:
 * until the retention has passed nobody can change or remove one, not even that account's root.
 */
public final class ObjectLockAnchor implements Anchor {

    private static final int EXISTS = 412;
    private static final int NEWEST = 100;

    private final S3Client s3;
    private final String bucket;
    private final String prefix;
    private final Duration retention;
    private final Clock clock;

    /**
     * @param prefix what the objects' names begin with; the number of leaves follows
     */
    public ObjectLockAnchor(
            S3Client s3, String bucket, String prefix, Duration retention, Clock clock) {
        this.s3 = s3;
        this.bucket = bucket;
        this.prefix = prefix;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public Duration interval() {
        return Duration.ofMinutes(10);
    }

    @Override
    public void add(String checkpoint) throws IOException {
        long size = Long.parseLong(checkpoint.split("\n", 3)[1]);
        // Names sort as the sizes do.
        String name = prefix + String.format("%019d", size);
        try {
            s3.putObject(
                    put ->
                            put.bucket(bucket)
                                    .key(name)
                                    .contentType("text/plain; charset=utf-8")
                                    .checksumAlgorithm(ChecksumAlgorithm.SHA256)
                                    .objectLockMode(ObjectLockMode.COMPLIANCE)
                                    .objectLockRetainUntilDate(clock.instant().plus(retention))
                                    .ifNoneMatch("*"),
                    RequestBody.fromString(checkpoint, StandardCharsets.UTF_8));
        } catch (S3Exception e) {
            if (e.statusCode() != EXISTS) {
                throw failed(e);
            }
            if (!read(name).equals(checkpoint)) {
                throw new IOException(
                        "It holds another checkpoint of "
                                + size
                                + " leaves: there are two logs of this name, or this one was forged");
            }
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    @Override
    public List<String> checkpoints() throws IOException {
        try {
            List<String> names = new ArrayList<>();
            s3
                    .listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix))
                    .contents()
                    .stream()
                    .map(S3Object::key)
                    .sorted()
                    .forEach(names::add);
            List<String> newest = new ArrayList<>();
            for (String name : names.subList(Math.max(0, names.size() - NEWEST), names.size())) {
                newest.add(read(name));
            }
            return newest;
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    private String read(String name) throws IOException {
        try {
            return s3.getObjectAsBytes(get -> get.bucket(bucket).key(name)).asUtf8String();
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    private static IOException failed(SdkException e) {
        return new IOException(String.valueOf(e.getMessage()), e);
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + prefix;
    }
}
