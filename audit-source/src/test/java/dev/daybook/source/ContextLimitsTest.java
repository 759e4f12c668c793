package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;

/** What {@code daybook.set_context} refuses to write into each entry of a transaction. */
class ContextLimitsTest {

    @Test
    void whoAndWhyAreRefusedWhereTheySayNothingOrTooMuch() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            for (String refused :
                    new String[] {
                        "''",
                        "'  '",
                        "E'\\t'",
                        "E'anna\\x1b[31m'",
                        "repeat('a', 257)",
                        "'anna', repeat('r', 4001)",
                        "'anna', null, repeat('q', 257)",
                        "'anna', null, null, '[1]'",
                        "'anna', null, null, 'null'",
                        "'anna', null, null, jsonb_build_object('a', repeat('x', 20000))"
                    }) {
                assertThatThrownBy(
                                () -> database.run("SELECT daybook.set_context(" + refused + ")"))
                        .as(refused)
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("daybook.set_context: ");
            }
            assertThatCode(
                            () ->
                                    database.run(
                                            "SELECT daybook.set_context(repeat('a', 256),"
                                                    + " repeat('r', 4000), '', '{}')"))
                    .doesNotThrowAnyException();
        }
    }
}
