package dev.daybook.infra.capture;

import dev.daybook.contract.TableChange;
import dev.daybook.infra.resource.Json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The table mappings of the DMS task: which tables it captures, as DMS's selection rules. */
public final class TableMappings {

    /** The schema that DMS keeps its heartbeat and its DDL trigger's table in, never captured. */
    static final String DMS_SCHEMA = "daybook_dms";

    /** Where applications say who and why; without it every entry would be unattributed. */
    public static final String CONTEXT_SCHEMA = "daybook";

    public static final String CONTEXT_TABLE = "transaction_context";

    /** Where the source says what became of its tables, in the transaction of each command. */
    static final String CHANGES_TABLE = TableChange.SOURCE_TABLE;

    private TableMappings() {}

    /**
     * Returns the mappings.
     *
     * @param patterns {@code schema.table}, with {@code *} for any part
     */
    public static String mappings(List<String> patterns) {
        List<Object> rules = new ArrayList<>();
        for (String pattern : patterns) {
            int dot = pattern.indexOf('.');
            rules.add(
                    rule(
                            rules.size() + 1,
                            "include",
                            wildcards(pattern.substring(0, dot)),
                            wildcards(pattern.substring(dot + 1))));
        }
        for (String table : List.of(CONTEXT_TABLE, CHANGES_TABLE)) {
            rules.add(
                    rule(rules.size() + 1, "include", wildcards(CONTEXT_SCHEMA), wildcards(table)));
        }
        rules.add(rule(rules.size() + 1, "exclude", wildcards(DMS_SCHEMA), "%"));
        // Artifacts that an earlier task may have left in a schema that is captured.
        rules.add(rule(rules.size() + 1, "exclude", "%", "awsdms%"));
        return Json.text(Map.of("rules", rules));
    }

    private static Object rule(int id, String action, String schema, String table) {
        return Json.object(
                "rule-type",
                "selection",
                "rule-id",
                Integer.toString(id),
                "rule-name",
                action + "-" + id,
                "object-locator",
                Json.object("schema-name", schema, "table-name", table),
                "rule-action",
                action);
    }

    /**
     * DMS writes {@code %} for any part; its own {@code _} for any letter is escaped by brackets.
     */
    private static String wildcards(String pattern) {
        return pattern.replace("_", "[_]").replace('*', '%');
    }
}
