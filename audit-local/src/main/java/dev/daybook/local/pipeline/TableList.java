package dev.daybook.local.pipeline;

import dev.daybook.local.UserError;
import dev.daybook.source.TablePatterns;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Refuses lists of table patterns that cannot mean what was wanted, before anything is started. */
public final class TableList {

    private static final Pattern RULE = Pattern.compile("!?[^.]+\\.[^.]+");

    private TableList() {}

    /**
     * Refuses a list that is no list of patterns, or includes nothing.
     *
     * @param option the option that gave it, for the message
     */
    public static void requireValid(String option, String list) {
        boolean includes = false;
        for (String item : list.split(",", -1)) {
            String pattern = item.strip();
            if (!pattern.isEmpty() && !RULE.matcher(pattern).matches()) {
                throw new UserError(
                        option + " \"" + pattern + "\" is not a table pattern.",
                        "Write schema.table, such as public.* or !public.secret_*.");
            }
            includes |= !pattern.isEmpty() && !pattern.startsWith("!");
        }
        if (!includes) {
            throw new UserError(
                    option + " \"" + list + "\" includes no table.",
                    "Say which tables, such as 'public.*'; those that begin with ! leave tables of"
                            + " them out.");
        }
    }

    /** Refuses a list that no table of a database matches. */
    public static void requireMatch(Connection connection, String database, String list)
            throws SQLException {
        TablePatterns patterns = TablePatterns.parse(list);
        Map<String, Integer> schemas = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT n.nspname, c.relname
                                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                                WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
                                  AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'
                                  AND n.nspname NOT IN ('information_schema', 'daybook')
                                """)) {
            while (row.next()) {
                if (patterns.matches(row.getString(1), row.getString(2))) {
                    return;
                }
                schemas.merge(row.getString(1), 1, Integer::sum);
            }
        }
        String there =
                schemas.isEmpty()
                        ? "It has no tables."
                        : "Its schemas are "
                                + schemas.entrySet().stream()
                                        .map(
                                                schema ->
                                                        schema.getKey()
                                                                + " ("
                                                                + schema.getValue()
                                                                + ")")
                                        .collect(Collectors.joining(", "))
                                + ", with the number of their tables.";
        throw new UserError(
                "No table of " + database + " matches --tables '" + list + "'. " + there,
                "Correct the pattern, or add --allow-no-tables to wait for tables to come.");
    }
}
