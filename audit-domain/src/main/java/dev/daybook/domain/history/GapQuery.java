package dev.daybook.domain.history;

import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * Asks for the gaps that concern something: what has no source concerns each, and what has no table
 * concerns each table.
 *
 * @param sources the sources
 * @param tables the tables
 * @param scope the tables that may be named
 * @param after only gaps in which changes after then may be missing; null for any
 * @param until only gaps in which changes before then may be missing; null for any
 * @param open whether only gaps without an end are asked for
 */
public record GapQuery(
        Choice<String> sources,
        Choice<TableName> tables,
        TableScope scope,
        @Nullable Instant after,
        @Nullable Instant until,
        boolean open) {

    /** The gaps of some sources and tables between two moments. */
    public static GapQuery of(
            Choice<String> sources,
            Choice<TableName> tables,
            @Nullable Instant after,
            @Nullable Instant until) {
        return new GapQuery(sources, tables, TableScope.ALL, after, until, false);
    }

    /** The same of those that are open. */
    public GapQuery onlyOpen() {
        return new GapQuery(sources, tables, scope, after, until, true);
    }

    /** The same, with no table named that is not of a scope. */
    GapQuery within(TableScope other) {
        return new GapQuery(sources, tables, other, after, until, open);
    }

    /** The same without some sources. */
    GapQuery without(Set<String> some) {
        Set<String> without = new HashSet<>(sources.without());
        without.addAll(some);
        return new GapQuery(
                new Choice<>(sources.only(), without), tables, scope, after, until, open);
    }

    /** Returns whether a gap is asked for. */
    public boolean matches(Gap gap) {
        return (gap.source() == null || sources.matches(gap.source()))
                && (gap.table() == null || matches(gap.table()))
                && (gap.until() == null || !open)
                && gap.isBetween(after, until);
    }

    private boolean matches(String table) {
        try {
            TableName name = TableName.parse(table);
            return tables.matches(name) && scope.covers(name);
        } catch (IllegalArgumentException e) {
            return tables.only().isEmpty() && scope.isAll();
        }
    }
}
