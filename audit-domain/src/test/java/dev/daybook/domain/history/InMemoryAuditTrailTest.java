package dev.daybook.domain.history;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.TransactionRef;

import java.time.Instant;

class InMemoryAuditTrailTest extends AuditTrailContract {

    private InMemoryAuditTrail trail = new InMemoryAuditTrail();

    @Override
    protected AuditTrail emptyTrail() {
        trail = new InMemoryAuditTrail();
        return trail;
    }

    @Override
    protected void store(AuditEntry entry) {
        trail.store(entry);
    }

    @Override
    protected void storeContext(TransactionRef transaction, Attribution context) {
        trail.storeContext(transaction, context);
    }

    @Override
    protected void storeRejected(RejectedRecord record) {
        trail.storeRejected(record);
    }

    @Override
    protected void storeGap(Gap gap) {
        trail.storeGap(gap);
    }

    @Override
    protected void storeWatermark(
            String source,
            int changesPartition,
            int entriesPartition,
            int changesPartitions,
            int entriesPartitions,
            Instant completeUntil) {
        trail.storeWatermark(
                source,
                changesPartition,
                entriesPartition,
                new InMemoryAuditTrail.Watermark(
                        changesPartitions * entriesPartitions, completeUntil));
    }
}
