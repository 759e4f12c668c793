package dev.daybook.local.pipeline;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.local.UserError;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableListTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"*.*", "public.*,!public.secret_*", " sales.order_? , public.t", "a.b,"})
    void aListOfPatternsIsTaken(String list) {
        assertThatCode(() -> TableList.requireValid("--tables", list)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "public.*,t", "a.b.c", "!x", "public.", ".t"})
    void whatIsNoPatternIsRefusedByName(String list) {
        assertThatThrownBy(() -> TableList.requireValid("--tables", list))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is not a table pattern")
                .hasMessageContaining("schema.table");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", " ", "!public.*"})
    void aListThatIncludesNothingIsRefused(String list) {
        assertThatThrownBy(() -> TableList.requireValid("--tables", list))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("includes no table");
    }
}
