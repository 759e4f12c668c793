package dev.daybook.infra.capture;

import dev.daybook.contract.RecordMember;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.settings.Settings;

import java.util.Map;

/**
 * The settings of the DMS task. Two rules decide them: everything the wire format can carry is
 * asked for, and what cannot be carried stops the task rather than go missing. DMS's own defaults
 * log an error and go on, or suspend the table and say nothing, neither of which an audit log
 * survives.
 */
public final class TaskSettings {

    /** The member that before-images come in; one of those that the ingest looks for by default. */
    public static final String BEFORE_IMAGE = RecordMember.Change.BEFORE_IMAGE;

    private TaskSettings() {}

    /** Returns the settings as DMS takes them. */
    static String of(Settings.Capture capture) {
        return Json.text(
                Json.object(
                        "TargetMetadata", targetMetadata(capture),
                        "FullLoadSettings", fullLoad(),
                        "Logging", Json.object("EnableLogging", true),
                        "ControlTablesSettings", controlTables(),
                        "ChangeProcessingDdlHandlingPolicy", ddl(),
                        "ChangeProcessingTuning", tuning(),
                        "BeforeImageSettings", beforeImages(),
                        "ErrorBehavior", errors(),
                        // Validation reads the target; Kafka cannot be asked.
                        "ValidationSettings", Json.object("EnableValidation", false)));
    }

    private static Map<String, Object> targetMetadata(Settings.Capture capture) {
        return Json.object(
                "SupportLobs", true,
                // The full mode is not supported with Kafka; the limited one truncates, so the
                // source
                // endpoint's FailTasksOnLobTruncation makes a longer value stop the task.
                "FullLobMode", false,
                "LimitedSizeLobMode", true,
                "LobMaxSize", capture.lobKilobytes(),
                // Batches lose changes with Kafka.
                "BatchApplyEnabled", false,
                "ParallelApplyThreads", capture.parallelApplyThreads());
    }

    private static Map<String, Object> fullLoad() {
        return Json.object(
                "TargetTablePrepMode",
                "DO_NOTHING",
                "StopTaskCachedChangesApplied",
                false,
                "StopTaskCachedChangesNotApplied",
                false,
                "MaxFullLoadSubTasks",
                8,
                "TransactionConsistencyTimeout",
                600);
    }

    private static Map<String, Object> controlTables() {
        return Json.object(
                "HistoryTableEnabled", false,
                // A suspended table must be seen; its row arrives on the topic.
                "SuspendedTablesTableEnabled", true,
                "StatusTableEnabled", false);
    }

    private static Map<String, Object> ddl() {
        return Json.object(
                "HandleSourceTableDropped", true,
                "HandleSourceTableTruncated", true,
                "HandleSourceTableAltered", true);
    }

    private static Map<String, Object> tuning() {
        return Json.object(
                "MemoryLimitTotal", 1024, "MemoryKeepTime", 60, "StatementCacheSize", 50);
    }

    private static Map<String, Object> beforeImages() {
        return Json.object(
                "EnableBeforeImage", true, "FieldName", BEFORE_IMAGE, "ColumnFilter", "all");
    }

    private static Map<String, Object> errors() {
        return Json.object(
                "DataErrorPolicy",
                "STOP_TASK",
                "DataTruncationErrorPolicy",
                "STOP_TASK",
                "DataErrorEscalationPolicy",
                "STOP_TASK",
                "DataErrorEscalationCount",
                0,
                "TableErrorPolicy",
                "STOP_TASK",
                "TableErrorEscalationPolicy",
                "STOP_TASK",
                "TableErrorEscalationCount",
                0,
                "ApplyErrorDeletePolicy",
                "STOP_TASK",
                "ApplyErrorInsertPolicy",
                "STOP_TASK",
                "ApplyErrorUpdatePolicy",
                "STOP_TASK",
                "ApplyErrorEscalationPolicy",
                "STOP_TASK",
                "ApplyErrorEscalationCount",
                0,
                "ApplyErrorFailOnTruncationDdl",
                true,
                "FailOnNoTablesCaptured",
                true,
                // What passes by itself (a broker that restarts, a failover) is retried for more
                // than
                // a month. Without a count DMS gives up after nine attempts, and without the last
                // setting once the pause between two has reached its limit.
                "RecoverableErrorCount",
                10_000,
                "RecoverableErrorInterval",
                5,
                "RecoverableErrorThrottling",
                true,
                "RecoverableErrorThrottlingMax",
                300,
                "RecoverableErrorStopRetryAfterThrottlingMax",
                false);
    }
}
