package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Compares a DMS task with what the ingest can read without loss. */
public final class DmsExamination {

    private static final String ARTIFACTS =
            "Add the rule {\"rule-type\":\"selection\",\"rule-action\":\"exclude\",\"object-locator\":"
                    + "{\"schema-name\":\"%\",\"table-name\":\"awsdms%\"}} with an id and a name of its"
                    + " own.";

    private DmsExamination() {}

    /** Returns what is found in as much of a task as was shown. */
    public static List<Finding> of(DmsTask task) {
        List<Finding> findings = new ArrayList<>();
        JsonNode description = task.description();
        if (description != null) {
            examineTask(description, findings);
        }
        if (task.settings() != null) {
            examineSettings(task, findings);
        }
        List<JsonNode> rules = task.rules();
        if (rules != null) {
            examineRules(task, rules, findings);
        }
        return findings;
    }

    private static void examineTask(JsonNode task, List<Finding> findings) {
        String type =
                task.path("MigrationType").asString(task.path("ReplicationType").asString(""));
        if (type.equals("full-load")) {
            findings.add(
                    Code.DMS_MIGRATION_TYPE.error(
                            "MigrationType",
                            "The task copies once and captures no changes.",
                            "MigrationType = full-load",
                            "Make it a full-load-and-cdc task."));
        }
        String status = task.path("Status").asString("");
        if (Set.of("failed", "stopped", "failed-move").contains(status)) {
            findings.add(
                    Code.DMS_TASK_STATUS.error(
                            "Status",
                            "The task does not run, and its slot holds the source's WAL.",
                            "Status = "
                                    + status
                                    + described(task, "StopReason")
                                    + described(task, "LastFailureMessage"),
                            "Put right what stopped it, and resume it (resume-processing, not"
                                    + " start-replication, which would leave a gap)."));
        }
        long errored = task.path("ReplicationTaskStats").path("TablesErrored").asLong(0);
        if (errored > 0) {
            findings.add(
                    Code.DMS_TABLES_ERRORED.error(
                            "ReplicationTaskStats",
                            "Tables are in error: their changes are not captured.",
                            "TablesErrored = " + errored,
                            "aws dms describe-table-statistics names them; reload each once its"
                                    + " cause is gone."));
        }
    }

    private static String described(JsonNode task, String member) {
        String text = task.path(member).asString("");
        return text.isEmpty() ? "" : ", " + member + " = " + text;
    }

    private static void examineSettings(DmsTask task, List<Finding> findings) {
        boolean noBeforeImages =
                !"true".equals(task.setting("BeforeImageSettings.EnableBeforeImage"));
        for (Recommendations.Setting wanted : Recommendations.read().settings()) {
            if (noBeforeImages
                    && wanted.name().startsWith("BeforeImageSettings.")
                    && !wanted.name().endsWith(".EnableBeforeImage")) {
                // One finding says it.
                continue;
            }
            String value = task.setting(wanted.name());
            String effective = value == null ? wanted.byDefault() : value;
            if (effective != null && wanted.accepts(effective)) {
                continue;
            }
            findings.add(
                    new Finding(
                            wanted.severity(),
                            Code.DMS_SETTING.word(),
                            wanted.name(),
                            Character.toUpperCase(wanted.why().charAt(0))
                                    + wanted.why().substring(1)
                                    + ".",
                            value != null
                                    ? wanted.name() + " = " + value
                                    : wanted.name()
                                            + " is not set"
                                            + (effective == null
                                                    ? ""
                                                    : "; DMS then takes " + effective),
                            "Set it to "
                                    + wanted.wanted()
                                    + " (aws dms modify-replication-task)."));
        }
    }

    private static void examineRules(DmsTask task, List<JsonNode> rules, List<Finding> findings) {
        boolean anyIncluded =
                rules.stream()
                        .anyMatch(
                                rule ->
                                        DmsTask.isSelection(rule)
                                                && Set.of("include", "explicit")
                                                        .contains(DmsTask.action(rule)));
        if (!anyIncluded) {
            findings.add(
                    Code.DMS_MAPPING_NONE.error(
                            "rules",
                            "The mappings include no table.",
                            "no selection rule with rule-action include",
                            "Add one."));
            return;
        }
        if (!task.includes("daybook", "transaction_context")) {
            findings.add(
                    Code.DMS_MAPPING_CONTEXT.warning(
                            "daybook.transaction_context",
                            "The table that says who and why is not captured: every entry will be"
                                    + " unattributed.",
                            "no include rule matches it, or an exclude rule does",
                            "Add an include rule for daybook.transaction[_]context."));
        }
        for (String artifact : List.of("awsdms_ddl_audit", "awsdms_heartbeat")) {
            if (capturedSomewhere(task, rules, artifact)) {
                findings.add(
                        Code.DMS_MAPPING_ARTIFACT.warning(
                                artifact,
                                "DMS's own table is captured with the schema that it stands in.",
                                "an include rule matches it, and no exclude rule does",
                                ARTIFACTS));
            }
        }
        boolean beforeImages = "true".equals(task.setting("BeforeImageSettings.EnableBeforeImage"));
        for (JsonNode rule : rules) {
            String name = name(rule);
            switch (rule.path("rule-type").asString("")) {
                case "selection" -> {
                    if (!rule.path("filters").isEmpty()) {
                        findings.add(
                                Code.DMS_MAPPING_FILTER.warning(
                                        name,
                                        "A filter keeps rows out of the log; deletes are lost"
                                                + " where it does not ask for the key.",
                                        "the rule has filters",
                                        "Take them out."));
                    }
                }
                case "transformation" -> {
                    String action = DmsTask.action(rule);
                    boolean images = action.equals("add-before-image-columns");
                    String message =
                            images && beforeImages
                                    ? "Before-images are asked for twice, which DMS does not"
                                            + " support."
                                    : images
                                            ? "Before-images come within data: tell the ingest"
                                                    + " their prefix."
                                            : "The log records what the transformation made, not"
                                                    + " what the source has.";
                    String evidence = "rule-action = " + action;
                    String remedy =
                            images
                                    ? "Use BeforeImageSettings instead; or set"
                                            + " sources.<name>.before-image-prefix of the ingest."
                                    : "Take it out; redaction is the ingest's.";
                    findings.add(
                            images && beforeImages
                                    ? Code.DMS_MAPPING_TRANSFORMATION.error(
                                            name, message, evidence, remedy)
                                    : Code.DMS_MAPPING_TRANSFORMATION.warning(
                                            name, message, evidence, remedy));
                }
                case "object-mapping" ->
                        findings.add(
                                Code.DMS_MAPPING_OBJECT.warning(
                                        name,
                                        "An object mapping changes what is in data, which the"
                                                + " ingest then records as it comes.",
                                        "rule-type = object-mapping",
                                        "Take it out, unless all it does is name a topic"
                                                + " (kafka-target-topic) that the ingest reads."));
                default -> {}
            }
        }
    }

    /** Returns whether one of DMS's tables is captured in some schema that a rule names. */
    private static boolean capturedSomewhere(DmsTask task, List<JsonNode> rules, String table) {
        return rules.stream()
                .map(rule -> rule.path("object-locator").path("schema-name").asString(""))
                .filter(schema -> !schema.isEmpty())
                // A schema that the pattern stands for.
                .map(
                        schema ->
                                schema.replace("[_]", "\u0001")
                                        .replace("%", "public")
                                        .replace('\u0001', '_'))
                .distinct()
                .anyMatch(schema -> task.includes(schema, table));
    }

    private static String name(JsonNode rule) {
        return "rule "
                + rule.path("rule-id").asString("?")
                + " "
                + rule.path("rule-name").asString("");
    }
}
