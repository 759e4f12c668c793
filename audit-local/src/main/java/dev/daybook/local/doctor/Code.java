package dev.daybook.local.doctor;

import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.SourcePreparation;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Names the doctor's findings, beside those that only {@link SourcePreparation} has. What each
 * means is in {@code docs/reference/doctor.md}, which a test holds to this list.
 */
enum Code {
    // The source database: also found by SourcePreparation
    UNSUPPORTED_VERSION,
    STANDBY,
    WAL_LEVEL,
    NOT_PREPARED,
    UNREADABLE,
    MAX_SLOT_WAL_KEEP_SIZE,
    ENCODING,
    NO_FREE_SLOT,
    ROLE,
    NO_SELECT,
    ROW_SECURITY,
    SLOT_LOST,
    SLOT_BEHIND,
    // The source database
    NO_TABLES,
    NO_KEY,
    IDENTITY_NOTHING,
    IDENTITY_INDEX,
    IDENTITY_DEFAULT,
    FULL_WITHOUT_KEY,
    UNLOGGED,
    GENERATED_COLUMNS,
    PUBLICATION_ALTERED,
    PUBLICATION_FILTERED,
    PUBLICATION_ROOT,
    SLOT_MISSING,
    SLOT_INACTIVE,
    SLOT_UNRESERVED,
    OTHER_SLOT,
    NO_FREE_WAL_SENDER,
    WAL_SENDER_TIMEOUT,
    IDLE_SLOT_TIMEOUT,
    IDLE_TRANSACTION_TIMEOUT,
    ROLE_SUPERUSER,
    NO_CONNECT,
    CLAIMS_BY_MESSAGE,
    DMS_ARTIFACT,
    DMS_ARTIFACT_CAPTURED,
    DMS_DDL_TRIGGER,
    // The source database, as DMS reads it
    NO_CONTEXT_TABLE,
    LOB_COLUMNS,
    LOB_WITHOUT_KEY,
    UNSCALED_NUMERIC,
    PARTITIONED_WITH_DMS,
    // The DMS task
    DMS_SETTING,
    DMS_MIGRATION_TYPE,
    DMS_TASK_STATUS,
    DMS_TABLES_ERRORED,
    DMS_RECORDS,
    DMS_MAPPING_NONE,
    DMS_MAPPING_CONTEXT,
    DMS_MAPPING_ARTIFACT,
    DMS_MAPPING_TABLE,
    DMS_MAPPING_FILTER,
    DMS_MAPPING_TRANSFORMATION,
    DMS_MAPPING_OBJECT,
    // The topics
    TOPIC_MISSING,
    TOPIC_PARTITIONS,
    TOPIC_MAX_MESSAGE,
    TOPIC_CLEANUP,
    TOPIC_RETENTION,
    TOPIC_REPLICATION,
    TOPIC_MIN_INSYNC,
    TOPIC_UNCLEAN,
    TOPIC_OFFLINE,
    TOPIC_UNDER_REPLICATED,
    INGEST_INACTIVE,
    INGEST_LAG,
    INGEST_LOSS,
    KAFKA_NOT_ALLOWED,
    // The audit database
    AUDIT_NOT_MIGRATED,
    APPEND_ONLY_TRIGGER,
    APPEND_ONLY_PRIVILEGE,
    AUDIT_PRIVILEGE,
    PARTITION_MISSING,
    DEFAULT_PARTITION,
    REJECTED_LATELY,
    SINK_LAG,
    SINK_LOSS,
    PARTITIONS_DIFFER,
    LOG_BEHIND,
    LOG_STANDS_STILL,
    CHANGES_MISSING,
    CHANGES_MISSED,
    CAPTURE_INCIDENT,
    ROWS_WITHOUT_KEY,
    COMPLETENESS_UNKNOWN,
    // The running pipeline
    UNREACHABLE,
    DISK_LOW,
    CONNECTOR_DOWN,
    INGEST_DOWN;

    /** As it is printed: {@code no-key}. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns every code that the doctor may print. */
    static Set<String> all() {
        Set<String> all = new TreeSet<>(SourceCheck.codes());
        // The doctor tells the reasons apart, and a healthy slot is no finding.
        all.removeAll(SourceExamination.REPLACED);
        Stream.of(values()).map(Code::word).forEach(all::add);
        return all;
    }

    Finding error(String object, String message, String evidence, String remedy) {
        return new Finding(Finding.Severity.ERROR, word(), object, message, evidence, remedy);
    }

    Finding warning(String object, String message, String evidence, String remedy) {
        return new Finding(Finding.Severity.WARNING, word(), object, message, evidence, remedy);
    }

    Finding info(String object, String message, String evidence, String remedy) {
        return new Finding(Finding.Severity.INFO, word(), object, message, evidence, remedy);
    }
}
