package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class RawJsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7.50",
                "-0",
                "1.0",
                "1",
                "1E-20",
                "1.0e+5",
                "0.00000000000000000001",
                "123456789012345678901234567890.10",
                "\"a\\u00e9\\n\"",
                "\"\"",
                "true",
                "null",
                "[1.10, [2.20]]",
                "{\"n\": 3.30}"
            })
    void aValueKeepsItsText(String value) {
        assertThat(new RawJson("[" + value + "]").elements()).containsExactly(new RawJson(value));
        assertThat(new RawJson("[0, " + value + " ,1]").elements().get(1))
                .isEqualTo(new RawJson(value));
        assertThat(new RawJson("{\"é\": " + value + ", \"b\":2}").member("é"))
                .isEqualTo(new RawJson(value));
    }

    @Test
    void aNumberOfThousandsOfDigitsKeepsThemAll() {
        String number = "1" + "0123456789".repeat(500) + "." + "9".repeat(4000);
        String text = "\"" + "x".repeat(20_000) + "é\"";

        assertThat(new RawJson("[" + text + "," + number + "," + text + "]").elements())
                .isEqualTo(List.of(new RawJson(text), new RawJson(number), new RawJson(text)));
    }

    @Test
    void aStringIsUnescaped() {
        assertThat(new RawJson("\"a\\u00e9\\n\\\"\"").string()).isEqualTo("aé\n\"");
        assertThat(new RawJson("12").string()).isNull();
        assertThat(new RawJson("{}").member("x")).isEqualTo(RawJson.NULL);
        assertThat(new RawJson("12").elements()).isEmpty();
    }
}
