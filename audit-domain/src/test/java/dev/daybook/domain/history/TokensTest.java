package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokensTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 | 1",
                "1.0 | 1.00",
                "1e2 | 100",
                "-0 | 0",
                "1.2345678901234567e+17 | 123456789012345670",
                "\"a\" | \"\\u0061\"",
                "\"2350058\" | 2350058",
                "\"true\" | true",
                "null | null",
                "{\"a\":1} | {\"a\":1}",
                "1e999999999 | 1E999999999"
            })
    void sameValues(String left, String right) {
        assertThat(Tokens.same(left, right)).isTrue();
        assertThat(Tokens.same(right, left)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 | 2",
                "9007199254740993 | 9007199254740992",
                "0.1 | 0.10000000000000001",
                "null | \"\"",
                "null | \"null\"",
                "null | 0",
                "\"a\" | \"A\"",
                "\"\" | \" \"",
                "true | false",
                "\"1.0\" | 1",
                "{\"a\":1} | {\"a\":2}",
                "[1] | \"[1]\"",
                "1e999999999 | 1e999999998"
            })
    void differentValues(String left, String right) {
        assertThat(Tokens.same(left, right)).isFalse();
        assertThat(Tokens.same(right, left)).isFalse();
    }
}
