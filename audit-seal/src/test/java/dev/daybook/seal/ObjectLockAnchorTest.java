package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.bucket.S3Emulator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import software.amazon.awssdk.services.s3.S3Client;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

class ObjectLockAnchorTest {

    private static final Instant NOW = Instant.parse("2026-11-28T09:00:00Z");

    private final S3Emulator bucket = new S3Emulator("vault");
    private final S3Client s3 = bucket.client();
    private final ObjectLockAnchor anchor =
            new ObjectLockAnchor(
                    s3, "vault", "daybook/", Duration.ofDays(30), Clock.fixed(NOW, ZoneOffset.UTC));

    @AfterEach
    void stop() {
        s3.close();
        bucket.close();
    }

    @Test
    void aCheckpointIsKeptInComplianceModeUntilItsRetentionHasPassed() throws IOException {
        anchor.add(note(7, "one"));

        assertThat(bucket.headers())
                .singleElement()
                .satisfies(
                        headers -> {
                            assertThat(headers)
                                    .containsEntry("x-amz-object-lock-mode", "COMPLIANCE")
                                    .containsEntry("if-none-match", "*")
                                    .containsKey("x-amz-sdk-checksum-algorithm");
                            assertThat(
                                            Instant.parse(
                                                    headers.get(
                                                            "x-amz-object-lock-retain-until-date")))
                                    .isEqualTo(NOW.plus(Duration.ofDays(30)));
                        });
    }

    @Test
    void whatItHasSeenComesBackInTheOrderOfTheSizes() throws IOException {
        for (long size : new long[] {100, 7, 23}) {
            anchor.add(note(size, "one"));
        }
        anchor.add(note(23, "one"));

        assertThat(anchor.checkpoints())
                .containsExactly(note(7, "one"), note(23, "one"), note(100, "one"));
    }

    @Test
    void anotherCheckpointOfASizeIsRefusedAndNamed() throws IOException {
        anchor.add(note(7, "one"));

        assertThatThrownBy(() -> anchor.add(note(7, "other")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another checkpoint of 7 leaves");
        assertThat(anchor.checkpoints()).containsExactly(note(7, "one"));
    }

    @Test
    void aBucketThatRefusesIsAFailure() {
        bucket.refuseAll();

        assertThatThrownBy(() -> anchor.add(note(7, "one")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Access Denied");
    }

    private static String note(long size, String root) {
        return "daybook.test\n" + size + "\n" + root + "\n\n\u2014 daybook.test AAAA\n";
    }
}
