package dev.daybook.connect.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.daybook.contract.RecordMember.Control;
import dev.daybook.contract.TableChange;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The new name of a table, as a row of {@code daybook.table_change} has it. PostgreSQL (as of 18)
 * does not say a partitioned table's new name in the stream while its partitions stay as they are:
 * their changes would go on under the former one.
 *
 * @param relationId the table's oid
 */
record RenamedTable(int relationId, String schema, String table) {

    private static final JsonFactory JSON = new JsonFactory();

    /** Returns what the inserted row tells; null if it is not a table's new name. */
    static @Nullable RenamedTable of(TableShape shape, Tuple row) {
        if (!TableChange.is(shape.schema, shape.table)
                || !TableChange.RENAME_TABLE
                        .word()
                        .equals(value(shape, row, TableChange.OPERATION))) {
            return null;
        }
        String schema = value(shape, row, TableChange.SCHEMA_NAME);
        String table = value(shape, row, TableChange.TABLE_NAME);
        String control = value(shape, row, TableChange.CONTROL);
        if (schema == null || table == null || control == null) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(control)) {
            long oid = 0;
            boolean from = false;
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals(Control.OID) && value == JsonToken.VALUE_NUMBER_INT) {
                    oid = parser.getLongValue();
                }
                from |= name.equals(Control.FROM);
                parser.skipChildren();
            }
            return from ? new RenamedTable((int) oid, schema, table) : null;
        } catch (IOException e) {
            // The ingest rejects it with its reason.
            return null;
        }
    }

    private static @Nullable String value(TableShape shape, Tuple row, String column) {
        for (int i = 0; i < row.count; i++) {
            if (shape.columns.get(i).name().equals(column) && row.isReceived(i)) {
                return new String(
                        row.bytes, row.offsets[i], row.lengths[i], StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    /** Returns the shape under the new name. */
    TableShape of(TableShape former) {
        return new TableShape(relationId, schema, table, former.columns, former.key);
    }
}
