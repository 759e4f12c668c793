package dev.daybook.domain.history;

import dev.daybook.contract.TableName;
import dev.daybook.domain.NamePattern;

import java.util.List;

/**
 * Which tables of the log somebody may see.
 *
 * @param patterns of {@code schema.table}
 */
public record TableScope(List<NamePattern> patterns) {

    /** Every table. */
    public static final TableScope ALL = new TableScope(List.of(new NamePattern("*")));

    public TableScope {
        patterns = List.copyOf(patterns);
    }

    public boolean isAll() {
        return patterns.stream().anyMatch(pattern -> pattern.text().equals("*"));
    }

    public boolean covers(TableName table) {
        String name = table.toString();
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }
}
