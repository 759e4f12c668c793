package dev.daybook.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.bucket.S3Emulator.Fate;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

class LogBucketTest {

    private static final byte[] ONE = {1};
    private static final byte[] OTHER = {2};

    private final S3Emulator s3 = new S3Emulator("log");
    private final LogBucket bucket = new LogBucket(s3.client(), "log", "shop/");

    @AfterEach
    void stop() {
        bucket.close();
        s3.close();
    }

    @Test
    void aFileIsAnObjectBelowThePrefix() throws IOException {
        byte[] large = new byte[300_000];
        large[299_999] = 7;

        bucket.write("tile/0/000", large);
        bucket.write("checkpoint", ONE);
        bucket.delete("checkpoint");
        bucket.delete("checkpoint");

        assertThat(s3.names()).containsExactly("shop/tile/0/000");
        assertThat(read("tile/0/000")).isEqualTo(large);
        assertThat(bucket.read("checkpoint")).isNull();
    }

    @Test
    void aWriteUnderAConditionIsDoneOnlyIfItHolds() throws IOException {
        assertThat(bucket.writeNew("head", ONE)).isTrue();
        assertThat(bucket.writeNew("head", OTHER)).isFalse();
        LogBucket.Version first = there("head");
        assertThat(bucket.writeOver("head", OTHER, first.tag())).isTrue();
        assertThat(bucket.writeOver("head", ONE, first.tag())).isFalse();
        bucket.delete("head");
        assertThat(bucket.writeOver("head", ONE, first.tag())).isFalse();

        assertThat(bucket.read("head")).isNull();
    }

    @Test
    void aServiceThatIsBusyIsAskedAgain() throws IOException {
        Deque<Fate> fates = new ArrayDeque<>(List.of(Fate.REFUSED, Fate.ANSWER_LOST));
        s3.decide(() -> fates.isEmpty() ? Fate.DONE : fates.poll());

        bucket.write("head", ONE);

        assertThat(read("head")).isEqualTo(ONE);
        assertThat(fates).isEmpty();
    }

    @Test
    void aLostAnswerOfAConditionalWriteLooksLikeAnothersWrite() throws IOException {
        Deque<Fate> fates = new ArrayDeque<>(List.of(Fate.ANSWER_LOST));
        s3.decide(() -> fates.isEmpty() ? Fate.DONE : fates.poll());

        assertThat(bucket.writeNew("head", ONE)).isFalse();
        assertThat(read("head")).isEqualTo(ONE);
    }

    @Test
    void aRefusalNamesTheObject() {
        s3.refuseAll();

        assertThatThrownBy(() -> bucket.read("head"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://log/shop/head cannot be read")
                .hasMessageContaining("Access Denied");
        assertThatThrownBy(() -> bucket.write("head", ONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://log/shop/head cannot be written");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://", "s3:///prefix"})
    void aPlaceWithoutABucketIsRefused(String place) {
        assertThatThrownBy(() -> LogBucket.at(place))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("s3://bucket/prefix");
    }

    private byte[] read(String path) throws IOException {
        return there(path).content();
    }

    private LogBucket.Version there(String path) throws IOException {
        LogBucket.Version version = bucket.read(path);
        if (version == null) {
            throw new AssertionError(path + " is not there.");
        }
        return version;
    }
}
