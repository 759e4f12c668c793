package dev.daybook.api.query;

import dev.daybook.contract.TableName;
import dev.daybook.domain.history.ConfinedTrail;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryQuery;

import java.util.EnumSet;
import java.util.List;

/** The names that a caller may know: those of the tables that it sees. */
final class ConfinedNames implements KnownNames {

    private static final int MOST_TABLES = 10_000;

    private final KnownNames names;
    private final Caller caller;
    private final ConfinedTrail confined;

    ConfinedNames(KnownNames names, Caller caller, ConfinedTrail confined) {
        this.names = names;
        this.caller = caller;
        this.confined = confined;
    }

    @Override
    public List<String> sources() {
        return confined
                .count(EntryQuery.ALL, EnumSet.of(Facet.SOURCE), Coverage.WINDOW)
                .facets()
                .getOrDefault(Facet.SOURCE, List.of())
                .stream()
                .map(count -> String.valueOf(count.value()))
                .sorted()
                .toList();
    }

    @Override
    public boolean hasSource(String source) {
        return confined.has(source, true);
    }

    @Override
    public List<TableName> tables(int limit) {
        return names.tables(MOST_TABLES).stream()
                .filter(caller.tables()::covers)
                .limit(limit)
                .toList();
    }

    @Override
    public boolean hasTable(TableName table) {
        return caller.tables().covers(table) && names.hasTable(table);
    }

    @Override
    public List<String> columns(TableName table) {
        return caller.tables().covers(table) ? names.columns(table) : List.of();
    }

    @Override
    public boolean hasColumn(TableName table, String column) {
        return caller.tables().covers(table) && names.hasColumn(table, column);
    }

    @Override
    public boolean hasCode(String code) {
        return false;
    }

    @Override
    public boolean hasRejectedTable(String table) {
        return false;
    }
}
