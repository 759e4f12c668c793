package dev.daybook.domain;

import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

/** Answers what is known of a table: the port through which changes learn their key. */
public interface TableCatalog {

    /** What is known of a table of a source, or null if nothing is known (yet). */
    @Nullable TableDefinition definition(String source, TableName table);
}
