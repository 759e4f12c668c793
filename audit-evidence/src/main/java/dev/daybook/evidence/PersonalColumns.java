package dev.daybook.evidence;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Knows which columns are about persons: each is committed to alone, so that it can be erased
 * alone.
 */
public final class PersonalColumns {

    private final List<String> names;
    private final Map<String, Set<String>> byTable = new HashMap<>();

    /**
     * @param names schema.table.column each
     */
    public PersonalColumns(List<String> names) {
        this.names = List.copyOf(names);
        for (String name : names) {
            int dot = name.lastIndexOf('.');
            if (name.indexOf('.') <= 0 || name.indexOf('.') == dot || dot == name.length() - 1) {
                throw new InvalidEvidenceException(
                        "'"
                                + name
                                + "' names no column: a personal column is schema.table.column.");
            }
            byTable.computeIfAbsent(name.substring(0, dot), t -> new HashSet<>())
                    .add('"' + name.substring(dot + 1) + '"');
        }
    }

    public List<String> names() {
        return names;
    }

    /** Returns the names of a table's personal columns as they stand in JSON, quotes included. */
    public Set<String> of(String table) {
        return byTable.getOrDefault(table, Set.of());
    }
}
