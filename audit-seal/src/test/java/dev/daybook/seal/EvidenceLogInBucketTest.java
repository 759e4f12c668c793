package dev.daybook.seal;

import dev.daybook.bucket.LogBucket;
import dev.daybook.bucket.S3Emulator;
import dev.daybook.bucket.S3Emulator.Fate;

import org.junit.jupiter.api.AfterEach;

import software.amazon.awssdk.services.s3.S3Client;

import java.util.concurrent.ThreadLocalRandom;

/** The same in a bucket whose service is busy now and then, and loses answers. */
class EvidenceLogInBucketTest extends EvidenceLogContract {

    private final S3Emulator s3 = new S3Emulator("vault");
    private final S3Client client = s3.client();

    EvidenceLogInBucketTest() {
        s3.decide(
                () ->
                        switch (ThreadLocalRandom.current().nextInt(100)) {
                            case 0 -> Fate.REFUSED;
                            case 1 -> Fate.ANSWER_LOST;
                            default -> Fate.DONE;
                        });
    }

    @AfterEach
    void stop() {
        client.close();
        s3.close();
    }

    @Override
    LogStore store(String name) {
        return new BucketStore(new LogBucket(client, "vault", name + "/"));
    }
}
