package dev.daybook.api.query;

import dev.daybook.contract.Operation;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;

/** Writes the values of a question as texts. */
final class Words {

    private Words() {}

    static @Nullable String of(@Nullable Operation operation) {
        return operation == null ? null : operation.word();
    }

    static @Nullable String of(@Nullable TableName table) {
        return table == null ? null : table.toString();
    }

    static @Nullable String of(@Nullable EntityKey key) {
        return key == null ? null : key.text();
    }

    static @Nullable String of(@Nullable Stage stage) {
        return stage == null ? null : stage.word();
    }

    static @Nullable String of(@Nullable Long number) {
        return number == null ? null : number.toString();
    }
}
