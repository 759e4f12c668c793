package dev.daybook.bucket;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The files of a log, as objects of a bucket whose names begin with a prefix. S3 answers a read
 * with what was written last, and a write under a condition decides between two writers. A failure
 * is an {@link IOException} that names the object.
 *
 * <p>Thread-safe.
 */
public final class LogBucket implements AutoCloseable {

    private static final String SCHEME = "s3://";
    private static final int GONE = 404;
    private static final int CONFLICT = 409;
    private static final int CHANGED = 412;

    private static final Duration ATTEMPT = Duration.ofSeconds(20);
    private static final Duration CALL = Duration.ofSeconds(60);

    private final S3Client s3;
    private final String bucket;
    private final String prefix;

    /**
     * A file as it was read.
     *
     * @param content the whole of it
     * @param tag what S3 calls this content, for a write on the condition that it still is the
     *     file's
     */
    public record Version(byte[] content, String tag) {}

    /**
     * @param prefix what the objects' names begin with; a file's path follows
     */
    public LogBucket(S3Client s3, String bucket, String prefix) {
        this.s3 = s3;
        this.bucket = bucket;
        this.prefix = prefix;
    }

    /** Returns whether a place is named as one in a bucket: {@code s3://bucket/prefix}. */
    public static boolean isNamedBy(String place) {
        return place.startsWith(SCHEME);
    }

    /**
     * Returns a place in a bucket, with region and credentials as the AWS SDK finds them.
     *
     * @param place {@code s3://bucket/prefix}, or without a prefix
     * @throws IllegalArgumentException if it names no bucket, or the SDK finds no region
     */
    public static LogBucket at(String place) {
        String[] parts =
                isNamedBy(place)
                        ? place.substring(SCHEME.length()).split("/", 2)
                        : new String[] {""};
        if (parts[0].isEmpty()) {
            throw new IllegalArgumentException(
                    place + " names no bucket; one is named as s3://bucket/prefix");
        }
        String prefix = parts.length < 2 ? "" : parts[1].replaceFirst("/+$", "");
        try {
            return new LogBucket(
                    S3Client.builder()
                            .httpClient(UrlConnectionHttpClient.create())
                            .overrideConfiguration(
                                    limits ->
                                            limits.apiCallAttemptTimeout(ATTEMPT)
                                                    .apiCallTimeout(CALL))
                            .build(),
                    parts[0],
                    prefix.isEmpty() ? "" : prefix + "/");
        } catch (SdkException e) {
            throw new IllegalArgumentException(
                    place + " cannot be reached: " + e.getMessage() + " Set AWS_REGION.", e);
        }
    }

    /** Returns a file; null if there is none. */
    public @Nullable Version read(String path) throws IOException {
        try {
            ResponseBytes<GetObjectResponse> object =
                    s3.getObjectAsBytes(get -> get.bucket(bucket).key(prefix + path));
            return new Version(object.asByteArrayUnsafe(), object.response().eTag());
        } catch (NoSuchKeyException e) {
            return null;
        } catch (SdkException e) {
            throw failed("read", path, e);
        }
    }

    /** Returns a file's content; null if there is none. */
    public byte @Nullable [] content(String path) throws IOException {
        Version version = read(path);
        return version == null ? null : version.content();
    }

    /** Writes a file, whether there is one or not. */
    public void write(String path, byte[] content) throws IOException {
        if (!put(path, content, put -> {})) {
            throw new IOException(this + path + " cannot be written: another write is under way");
        }
    }

    /**
     * Writes a file if there is none.
     *
     * @return whether it is written; false also where it was, and S3's answer was lost on the first
     *     of several attempts
     */
    public boolean writeNew(String path, byte[] content) throws IOException {
        return put(path, content, put -> put.ifNoneMatch("*"));
    }

    /**
     * Writes a file if it still has the content that was read.
     *
     * @param tag of what was read
     * @return whether it is written; false also where it was, and S3's answer was lost on the first
     *     of several attempts
     */
    public boolean writeOver(String path, byte[] content, String tag) throws IOException {
        return put(path, content, put -> put.ifMatch(tag));
    }

    private boolean put(String path, byte[] content, Consumer<PutObjectRequest.Builder> condition)
            throws IOException {
        try {
            s3.putObject(
                    put -> {
                        put.bucket(bucket).key(prefix + path);
                        condition.accept(put);
                    },
                    RequestBody.fromBytes(content));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == CHANGED
                    || e.statusCode() == CONFLICT
                    || e instanceof NoSuchKeyException && e.statusCode() == GONE) {
                return false;
            }
            throw failed("written", path, e);
        } catch (SdkException e) {
            throw failed("written", path, e);
        }
    }

    /** Removes a file, if there is one. */
    public void delete(String path) throws IOException {
        try {
            s3.deleteObject(delete -> delete.bucket(bucket).key(prefix + path));
        } catch (SdkException e) {
            throw failed("removed", path, e);
        }
    }

    private IOException failed(String what, String path, SdkException e) {
        return new IOException(this + path + " cannot be " + what + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        s3.close();
    }

    /** Returns its name, as {@link #at} takes it. */
    @Override
    public String toString() {
        return SCHEME + bucket + "/" + prefix;
    }
}
