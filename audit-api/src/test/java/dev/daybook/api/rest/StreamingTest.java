package dev.daybook.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.api.query.OpenRequest;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An answer that a thread of its own writes. */
class StreamingTest {

    private final CountDownLatch written = new CountDownLatch(1);

    private boolean isWrittenWithin(long millis) throws InterruptedException {
        return written.await(millis, TimeUnit.MILLISECONDS);
    }

    @Test
    void beginsWhenTheRequestsOwnThreadHasLeftIt() throws Exception {
        OpenRequest.begin();
        try {
            Thread.ofVirtual().start(Streaming.ofTheRequest(written::countDown));

            assertThat(isWrittenWithin(200)).isFalse();
        } finally {
            OpenRequest.end();
        }
        assertThat(isWrittenWithin(10_000)).isTrue();
    }

    @Test
    void beginsAtOnceWhereNoRequestIsAnswered() throws Exception {
        Thread.ofVirtual().start(Streaming.ofTheRequest(written::countDown));

        assertThat(isWrittenWithin(10_000)).isTrue();
    }
}
