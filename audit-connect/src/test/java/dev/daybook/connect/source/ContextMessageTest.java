package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ContextMessageTest {

    @Test
    void whatPostgresTakesAsJsonIsTaken() {
        String digits = "1" + "0".repeat(131_000);
        for (String attributes :
                new String[] {
                    digits,
                    "1e" + "9".repeat(1_200),
                    "[".repeat(6_000) + "]".repeat(6_000),
                    "{\"" + "n".repeat(60_000) + "\":0}",
                    "[\"" + "s".repeat(21_000_000) + "\"]"
                }) {
            // When
            String message = "{\"actor\":\"anna\",\"attributes\":" + attributes + "}";

            // Then
            assertThat(ContextMessage.whyNot(message)).isNull();
            assertThat(ContextMessage.columns(message))
                    .isEqualTo(
                            "{\"actor\":\"anna\",\"attributes\":\""
                                    + attributes.replace("\"", "\\\"")
                                    + "\"}");
        }
    }

    @Test
    void whatSaysNothingIsNamed() {
        assertThat(ContextMessage.whyNot("{\"actor\":\"anna\"")).isEqualTo("it is not JSON");
        assertThat(ContextMessage.whyNot("[]")).isEqualTo("it is not a JSON object");
        assertThat(ContextMessage.whyNot("{\"actor\":1}")).isEqualTo("actor is not a string");
        assertThat(ContextMessage.whyNot("{\"reason\":\"x\"}")).isEqualTo("it has no actor");
        assertThat(ContextMessage.whyNot("{\"actor\":\"anna\"} {}"))
                .isEqualTo("text follows the JSON object");
        assertThat(ContextMessage.whyNot("\uFEFF{\"actor\":\"anna\"}"))
                .isEqualTo("it begins with a byte order mark: write it without");
    }
}
