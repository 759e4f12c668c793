package dev.daybook.api.jdbc;

import dev.daybook.api.AuditDatabase;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.AuditTrailContract;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.RejectedRecord;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Objects;

/** The contract, by PostgreSQL with the real migrations. */
class JdbcAuditTrailTest extends AuditTrailContract {

    private @Nullable SingleConnectionDataSource connection;
    private @Nullable AuditDatabase opened;

    /** A new database; which server it is on is the one thing that a subclass changes. */
    AuditDatabase fresh() {
        return AuditDatabase.create();
    }

    /** All that a test stores and asks goes over one connection: it is a thousand statements. */
    @Override
    protected AuditTrail emptyTrail() {
        AuditDatabase fresh = fresh();
        try {
            connection = new SingleConnectionDataSource(fresh.owner().getConnection(), true);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        opened = fresh.over(connection);
        return new JdbcAuditTrail(JdbcClient.create(connection));
    }

    @AfterEach
    void close() {
        if (connection != null) {
            connection.destroy();
        }
    }

    private AuditDatabase database() {
        return Objects.requireNonNull(opened);
    }

    @Override
    protected void store(AuditEntry entry) {
        database().store(entry);
    }

    @Override
    protected void storeContext(TransactionRef transaction, Attribution context) {
        database()
                .storeContext(
                        transaction.source(),
                        transaction.id(),
                        transaction.committedAt(),
                        context.actor(),
                        context.reason(),
                        context.requestId(),
                        context.attributes(),
                        context.loginRole());
    }

    @Override
    protected void storeRejected(RejectedRecord record) {
        database()
                .execute(
                        """
                insert into audit.rejected (id, rejected_at, source, stage, code, reason, topic,
                    partition, record_offset, table_name, record_key, record_value)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                        record.id(),
                        record.rejectedAt().atOffset(ZoneOffset.UTC),
                        record.source(),
                        record.stage(),
                        record.code(),
                        record.reason(),
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        record.table(),
                        record.recordKey() == null
                                ? null
                                : Base64.getDecoder().decode(record.recordKey()),
                        record.recordValue() == null
                                ? null
                                : Base64.getDecoder().decode(record.recordValue()));
    }

    @Override
    protected void storeGap(Gap gap) {
        database()
                .execute(
                        """
                insert into audit.gap (id, found_at, source, table_name, from_time, to_time, stage,
                    cause, reason)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                        gap.id(),
                        at(gap.foundAt()),
                        gap.source(),
                        gap.table(),
                        at(gap.from()),
                        at(gap.until()),
                        gap.stage(),
                        gap.cause(),
                        gap.detail());
    }

    private static @Nullable OffsetDateTime at(@Nullable Instant time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }

    @Override
    protected void storeWatermark(
            String source,
            int changesPartition,
            int entriesPartition,
            int changesPartitions,
            int entriesPartitions,
            Instant completeUntil) {
        database()
                .execute(
                        "insert into audit.watermark values (?, ?, ?, ?, ?, ?, null)",
                        source,
                        changesPartition,
                        entriesPartition,
                        changesPartitions,
                        entriesPartitions,
                        completeUntil.atOffset(ZoneOffset.UTC));
    }
}
