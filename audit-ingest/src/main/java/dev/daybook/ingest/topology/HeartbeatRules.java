package dev.daybook.ingest.topology;

import dev.daybook.contract.Lsn;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/** Checks what a heartbeat claims before anything trusts it. */
final class HeartbeatRules {

    /** How far clocks may differ. */
    static final Duration CLOCK_ALLOWANCE = Duration.ofMinutes(1);

    private HeartbeatRules() {}

    /**
     * Returns why a heartbeat is not believed, or null if it is.
     *
     * @param partitions how many partitions the change topic has
     * @param now the ingest's time
     */
    static @Nullable String problem(
            Incoming record, Decoded.Heartbeat heartbeat, int partitions, Instant now) {
        Instant recorded = Instant.ofEpochMilli(record.timestamp());
        Instant latest = (recorded.isBefore(now) ? recorded : now).plus(CLOCK_ALLOWANCE);
        Instant completeUntil = heartbeat.completeUntil();
        if (completeUntil != null && completeUntil.isAfter(latest)) {
            return "The heartbeat's complete-until is "
                    + completeUntil
                    + ", later than "
                    + latest
                    + ": it must not be more than a minute later than its record's time and the"
                    + " ingest's clock. Set the clocks right.";
        }
        String previous = heartbeat.previous();
        String position = heartbeat.position();
        if (previous != null
                && (position == null || !Lsn.isWide(previous) || !Lsn.isWide(position))) {
            return "The heartbeat names the one before it, so that previous and position must both"
                    + " be positions in the write-ahead log, such as 00000000/0A1B2C3D.";
        }
        Integer partition = heartbeat.partition();
        Integer of = heartbeat.partitions();
        if ((partition == null) != (of == null)) {
            return "The heartbeat has only one of partition and partitions: send both or neither.";
        }
        if (of != null && of != partitions) {
            return "The heartbeat's partitions is "
                    + of
                    + ", and the topic "
                    + record.place().topic()
                    + " has "
                    + partitions
                    + ": send the topic's own number.";
        }
        if (partition != null && partition != record.place().partition()) {
            return "The heartbeat speaks of partition "
                    + partition
                    + " and stands in partition "
                    + record.place().partition()
                    + ": send each to the partition that it speaks of.";
        }
        return null;
    }
}
