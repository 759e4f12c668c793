package dev.daybook.api.query;

import dev.daybook.api.query.Reads.Read;
import dev.daybook.contract.JsonText;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.stereotype.Component;

import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Records who read what of the log: in the audit database, behind the answer and many at once, and
 * as a line a read in the log {@code dev.daybook.reads}.
 *
 * <p>While the database is unreachable, reads wait in memory, up to a number; a stop writes what
 * waits.
 */
@Component
class ReadLog implements DisposableBean {

    private static final Logger LOG = LoggerFactory.getLogger("dev.daybook.reads");
    private static final int MOST_WAITING = 100_000;
    private static final int BATCH = 500;

    /** How long reads are collected before they are written. */
    private static final Duration COLLECTED = Duration.ofMillis(200);

    private static final int LONGEST_QUESTION = 4_000;

    private final Reads reads;
    private final Clock clock;
    private final BlockingQueue<Read> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private final Thread writer = Thread.ofVirtual().name("reads").unstarted(this::run);

    /** What is being written; touched by the writer alone, and after its end by the stop. */
    private final List<Read> batch = new ArrayList<>();

    private volatile boolean stopped;

    ReadLog(Reads reads, Clock clock) {
        this.reads = reads;
        this.clock = clock;
        writer.start();
    }

    /**
     * Records a read.
     *
     * @param items how many entries or records were found
     */
    void read(Caller caller, Question question, long items) {
        String text = question.text();
        Read read =
                new Read(
                        UUID.randomUUID(),
                        clock.instant().truncatedTo(ChronoUnit.MICROS),
                        caller.credential().name().toLowerCase(Locale.ROOT),
                        JsonText.storable(caller.name()),
                        question.kind(),
                        JsonText.storable(
                                text.length() <= LONGEST_QUESTION
                                        ? text
                                        : text.substring(0, LONGEST_QUESTION) + "…"),
                        items);
        if (!waiting.offer(read)) {
            LOG.warn(
                    "A read could not be recorded in the audit database, as {} wait for it: {}",
                    MOST_WAITING,
                    line(read));
        }
        if (LOG.isInfoEnabled()) {
            LOG.info("{}", line(read));
        }
    }

    private static String line(Read read) {
        return read.credential()
                + ' '
                + JsonText.quoted(read.caller())
                + " read "
                + read.question()
                + ": "
                + read.items()
                + " found";
    }

    private void run() {
        while (!stopped) {
            try {
                if (batch.isEmpty()) {
                    batch.add(waiting.take());
                    TimeUnit.MILLISECONDS.sleep(COLLECTED.toMillis());
                    waiting.drainTo(batch, BATCH - 1);
                }
                reads.store(batch);
                batch.clear();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn(
                        "Could not record reads in the audit database; {} wait and are tried"
                                + " again: {}",
                        batch.size() + waiting.size(),
                        NestedExceptionUtils.getMostSpecificCause(e).getMessage());
                try {
                    TimeUnit.SECONDS.sleep(2);
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }

    /** Writes what waits. */
    @Override
    public void destroy() throws InterruptedException {
        stopped = true;
        writer.interrupt();
        writer.join();
        do {
            try {
                if (!batch.isEmpty()) {
                    reads.store(batch);
                }
            } catch (RuntimeException e) {
                batch.forEach(read -> LOG.warn("Not recorded before the stop: {}", line(read)));
            }
            batch.clear();
        } while (waiting.drainTo(batch, BATCH) > 0);
    }
}
