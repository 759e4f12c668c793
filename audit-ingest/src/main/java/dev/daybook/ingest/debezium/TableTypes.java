package dev.daybook.ingest.debezium;

import dev.daybook.contract.TableName;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds how the columns of each table are spelled, by the schema of its records and by what the
 * source's catalog says. Not for several threads.
 */
final class TableTypes {

    private final String source;
    private final TableCatalog catalog;
    private final ValueTypes types = new ValueTypes();
    private final Map<TableName, Columns> rows = new HashMap<>();
    private final Map<TableName, Columns> keys = new HashMap<>();

    TableTypes(String source, TableCatalog catalog) {
        this.source = source;
        this.catalog = catalog;
    }

    /** Returns the columns of a table's rows, whose schema is that of the envelope or null. */
    Columns row(TableName table, @Nullable ConnectSchema envelope) {
        return columns(rows, table, envelope, true);
    }

    /** Returns the columns of a table's keys, whose schema may be null. */
    Columns key(TableName table, @Nullable ConnectSchema key) {
        return columns(keys, table, key, false);
    }

    private Columns columns(
            Map<TableName, Columns> known,
            TableName table,
            @Nullable ConnectSchema schema,
            boolean inEnvelope) {
        TableDefinition definition = catalog.definition(source, table);
        Columns columns = known.get(table);
        if (columns == null || columns.schema != schema || columns.definition != definition) {
            columns = new Columns(schema, definition, inEnvelope);
            known.put(table, columns);
        }
        return columns;
    }

    /** The columns of a table. */
    final class Columns {

        private final @Nullable ConnectSchema schema;
        private final @Nullable TableDefinition definition;
        private final Map<String, ValueType> byName = new HashMap<>();

        private Columns(
                @Nullable ConnectSchema schema,
                @Nullable TableDefinition definition,
                boolean inEnvelope) {
            this.schema = schema;
            this.definition = definition;
            Map<String, String> columnTypes = new HashMap<>();
            if (definition != null) {
                for (TableDefinition.Column column : definition.columns()) {
                    columnTypes.put(column.name(), column.type());
                    byName.put(column.name(), types.untyped(column.type()));
                }
            }
            for (ConnectSchema.Field field : fields(schema, inEnvelope)) {
                byName.put(field.name(), types.of(field.schema(), columnTypes.get(field.name())));
            }
        }

        /** Returns whether nothing at all says what the values of the table's columns are. */
        boolean areUntyped() {
            return schema == null && definition == null;
        }

        /** Returns whether the records tell the types of the columns. */
        boolean hasSchema() {
            return schema != null;
        }

        /** Returns how a column's values are spelled. */
        ValueType of(String column) {
            ValueType type = byName.get(column);
            if (type == null) {
                type = types.untyped(null);
                byName.put(column, type);
            }
            return type;
        }
    }

    private static List<ConnectSchema.Field> fields(
            @Nullable ConnectSchema schema, boolean inEnvelope) {
        if (schema == null) {
            return List.of();
        }
        if (!inEnvelope) {
            return schema.fields();
        }
        ConnectSchema row = schema.field("after");
        if (row == null) {
            row = schema.field("before");
        }
        return row == null ? List.of() : row.fields();
    }
}
