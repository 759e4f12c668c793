package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogTextTest {

    @Test
    void leavesOrdinaryTextAlone() {
        assertThat(LogText.of("public.\"größe 😀\"")).isEqualTo("public.\"größe 😀\"");
    }

    @Test
    void writesWhatEndsALineOrSteersATerminalAsAnEscape() {
        assertThat(LogText.of("a\nb\rc\u001B[2Jd\u2028e\u2029f\u0085g\u0000h\u202Ei"))
                .isEqualTo("a\\u000ab\\u000dc\\u001b[2Jd\\u2028e\\u2029f\\u0085g\\u0000h\\u202ei");
    }

    @Test
    void cutsALongText() {
        assertThat(LogText.of("x".repeat(2_005)))
                .isEqualTo("x".repeat(2_000) + "... (5 characters more)");
    }
}
