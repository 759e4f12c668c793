package dev.daybook.ingest.dms;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.IncidentCode;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.TableName;
import dev.daybook.domain.RowImage;
import dev.daybook.ingest.change.Decoded;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * The tables that DMS keeps for itself and carries over with the user's. A row of some of them says
 * that a change or a table is missing from the stream.
 *
 * <p>DMS's control tables have an empty schema, or the task's {@code ControlSchema}; the two that
 * it keeps in the source database stand in the user's schema. Names come in either case. Any other
 * table is the user's, whatever its name begins with.
 */
enum DmsTables {
    AWSDMS_APPLY_EXCEPTIONS(
            IncidentCode.DMS_APPLY_EXCEPTION,
            "DMS reports that it could not apply a change of the table",
            "ERROR"),
    AWSDMS_FULL_LOAD_EXCEPTIONS(
            IncidentCode.DMS_FULL_LOAD_EXCEPTION,
            "DMS reports that it could not load a row of the table",
            "ERROR"),
    AWSDMS_SUSPENDED_TABLES(
            IncidentCode.DMS_TABLE_SUSPENDED,
            "DMS has suspended the table and no longer sends its changes",
            "suspend_reason"),
    AWSDMS_VALIDATION_FAILURES_V1(
            IncidentCode.DMS_VALIDATION_FAILURE,
            "DMS reports that a row of the table differs from its source",
            "FAILURE_TYPE"),
    AWSDMS_STATUS(
            IncidentCode.DMS_TASK_STOPPED,
            "DMS reports that its task does not run",
            DmsTables.TASK_STATUS),
    AWSDMS_HISTORY,
    AWSDMS_DDL_AUDIT,
    AWSDMS_HEARTBEAT;

    /** The key of {@link #AWSDMS_DDL_AUDIT}, as DMS makes it. */
    static final String DDL_AUDIT_KEY = "c_key";

    /** Counts records of DMS's own that say nothing of the user's data. */
    static final String RECOGNISED = "dms-table";

    private static final String TASK_STATUS = "task_status";

    /** AWS DMS user guide, <i>Control table task settings</i>: the one status that is a loss. */
    private static final String NOT_RUNNING = "NOT RUNNING";

    private static final String PREFIX = "awsdms_";

    private final @Nullable IncidentCode code;
    private final String says;
    private final String causeColumn;

    DmsTables() {
        this(null, "", "");
    }

    DmsTables(@Nullable IncidentCode code, String says, String causeColumn) {
        this.code = code;
        this.says = says;
        this.causeColumn = causeColumn;
    }

    /**
     * Returns the table of DMS's that this is, or null if it is the user's.
     *
     * @param controlSchema the task's {@code ControlSchema}; empty by default
     */
    static @Nullable DmsTables of(String schema, String table, String controlSchema) {
        if (!table.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            return null;
        }
        String name = table.toUpperCase(Locale.ROOT);
        for (DmsTables own : values()) {
            if (own.name().equals(name)) {
                return own.isInSource()
                                || schema.isEmpty()
                                || schema.equalsIgnoreCase(controlSchema)
                        ? own
                        : null;
            }
        }
        return null;
    }

    /**
     * Returns whether a row of the table is evidence in itself, kept as a change of the table: the
     * DDL that was run on a user's table, and by whom.
     */
    boolean isEvidence(@Nullable String operation) {
        return this == AWSDMS_DDL_AUDIT && ChangeOperation.INSERT.word().equals(operation);
    }

    private boolean isInSource() {
        return this == AWSDMS_DDL_AUDIT || this == AWSDMS_HEARTBEAT;
    }

    /**
     * Returns what a row of the table says: that something is missing, or nothing of the user's.
     */
    Decoded row(@Nullable String operation, RowImage row) {
        // A row that goes is DMS tidying up: no proof that what was missing is there.
        if (code == null || ChangeOperation.DELETE.word().equals(operation)) {
            return new Decoded.Ignored(RECOGNISED);
        }
        if (this == AWSDMS_STATUS) {
            return NOT_RUNNING.equalsIgnoreCase(column(row, TASK_STATUS))
                    ? new Decoded.Malformed(
                            code.word(),
                            says + ": resume it (resume-processing), or its changes do not come.",
                            null)
                    : new Decoded.Ignored(RECOGNISED);
        }
        String owner = column(row, "table_owner");
        String table = column(row, "table_name");
        String cause = column(row, causeColumn);
        return new Decoded.Malformed(
                code.word(),
                says
                        + (cause == null ? "" : ": " + cause)
                        + ". Its history has a gap from then on: reload the table.",
                table == null || table.isEmpty()
                        ? null
                        : new TableName(owner == null ? "" : owner, table),
                cause == null ? "" : cause);
    }

    private static @Nullable String column(RowImage row, String name) {
        for (int i = 0; i < row.size(); i++) {
            if (row.nameAt(i).equalsIgnoreCase(name)) {
                String token = row.tokenAt(i);
                return token.equals(RowImage.NULL) ? null : JsonText.scalar(token);
            }
        }
        return null;
    }
}
