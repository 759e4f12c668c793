package dev.daybook.ingest.dms;

import dev.daybook.contract.RecordMember;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;

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
 * @param controlSchema the task's {@code ControlSchema}; empty by default
 * @param maxBytes the largest record that is read
 */
public record DmsFormat(
        Set<String> beforeImageMembers,
        @Nullable String beforeImagePrefix,
        TableName contextTable,
        String controlSchema,
        int maxBytes) {

    /** What the WAL source connector writes, and DMS under its usual names. */
    public static final DmsFormat DEFAULT =
            new DmsFormat(
                    Set.of(RecordMember.Change.BEFORE_IMAGE, "beforeImage"),
                    null,
                    new TableName(TransactionContext.SCHEMA, TransactionContext.TABLE),
                    "",
                    16 * 1024 * 1024);

    public DmsFormat {
        beforeImageMembers = Set.copyOf(beforeImageMembers);
    }
}
