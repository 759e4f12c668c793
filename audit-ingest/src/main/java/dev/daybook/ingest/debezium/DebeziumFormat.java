package dev.daybook.ingest.debezium;

import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;

/**
 * The choices of a Debezium connector and of a source that shape its records.
 *
 * @param unavailableValue the connector's {@code unavailable.value.placeholder}
 * @param contextTable the table whose inserts say who and why
 * @param fullIdentity whether the tables have REPLICA IDENTITY FULL, so that {@code before} is
 *     evidence beyond the key
 * @param maxBytes the largest record that is read
 */
public record DebeziumFormat(
        String unavailableValue, TableName contextTable, boolean fullIdentity, int maxBytes) {

    /** Debezium's own placeholder. */
    public static final String UNAVAILABLE_VALUE = "__debezium_unavailable_value";

    /** What the connector writes where nothing else is set. */
    public static final DebeziumFormat DEFAULT =
            new DebeziumFormat(
                    UNAVAILABLE_VALUE,
                    new TableName(TransactionContext.SCHEMA, TransactionContext.TABLE),
                    false,
                    16 * 1024 * 1024);
}
