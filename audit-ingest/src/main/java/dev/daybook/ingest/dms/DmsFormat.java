package dev.daybook.ingest.dms;

import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * The choices of a DMS task that shape its records.
 *
 * @param beforeImageMembers the names under which a before-image may come ({@code
 *     BeforeImageSettings.FieldName} is free)
 * @param beforeImagePrefix the prefix of before-image columns within {@code data}, where the task
 *     uses the transformation {@code add-before-image-columns}; null where it does not
 * @param contextTable the table whose inserts say who and why
 * @param maxBytes the largest record that is read
 */
public record DmsFormat(
        Set<String> beforeImageMembers,
        @Nullable String beforeImagePrefix,
        TableName contextTable,
        int maxBytes) {

    /** What the WAL source connector writes, and DMS under its usual names. */
    public static final DmsFormat DEFAULT =
            new DmsFormat(
                    Set.of("before-image", "beforeImage"),
                    null,
                    new TableName("daybook", "transaction_context"),
                    16 * 1024 * 1024);

    public DmsFormat {
        beforeImageMembers = Set.copyOf(beforeImageMembers);
    }
}
