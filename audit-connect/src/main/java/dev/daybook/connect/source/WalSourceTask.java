package dev.daybook.connect.source;

import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/** The one task of a {@link WalSourceConnector}: hands what a {@link Capture} reads to Connect. */
public final class WalSourceTask extends SourceTask {

    private final Clock clock;
    private volatile @Nullable Capture capture;

    /** For Connect. */
    public WalSourceTask() {
        this(Clock.systemUTC());
    }

    WalSourceTask(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void start(Map<String, String> settings) {
        WalSourceConfig config = new WalSourceConfig(settings);
        capture =
                new Capture(
                        config,
                        clock,
                        CaptureOffset.of(
                                context.offsetStorageReader()
                                        .offset(Capture.partition(config.sourceName()))));
    }

    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        Capture current = capture;
        if (current == null) {
            throw new IllegalStateException("The task was not started.");
        }
        List<SourceRecord> records = current.poll();
        return records.isEmpty() ? null : records;
    }

    @Override
    public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
        if (record instanceof CapturedRecord captured) {
            captured.chunk().acknowledged();
        }
    }

    @Override
    public void stop() {
        Capture current = capture;
        if (current != null) {
            current.stop();
        }
    }

    @Override
    public String version() {
        return Version.text();
    }
}
