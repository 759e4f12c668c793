package dev.daybook.domain;

import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A catalog that knows what it was told. */
public final class InMemoryTableCatalog implements TableCatalog {

    private final Map<List<Object>, TableDefinition> definitions = new HashMap<>();

    public InMemoryTableCatalog put(String source, TableName table, TableDefinition definition) {
        definitions.put(List.of(source, table), definition);
        return this;
    }

    @Override
    public @Nullable TableDefinition definition(String source, TableName table) {
        return definitions.get(List.of(source, table));
    }
}
