package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuoteTest {

    @Test
    void aPlainTextIsWhatItWas() {
        assertThat(Quote.of("public.заказы 😀 \"x\"")).isEqualTo("public.заказы 😀 \"x\"");
    }

    @Test
    void whatCouldBreakALineOrATerminalIsWrittenAsAnEscape() {
        assertThat(Quote.of("a\nb\rc\td\u0000\u001B[2J\u007F\u0085\u2028\u2029"))
                .isEqualTo(
                        "a\\u000ab\\u000dc\\u0009d\\u0000\\u001b[2J\\u007f\\u0085\\u2028\\u2029");
    }

    @Test
    void whatTurnsTheReadingDirectionIsWrittenAsAnEscapeAndJoinersAreKept() {
        assertThat(Quote.of("eur\u202Etxt\u2066x\uDB40\uDC01"))
                .isEqualTo("eur\\u202etxt\\u2066x\\udb40\\udc01");
        assertThat(Quote.of("می\u200Cخواهم 👩\u200D💻")).isEqualTo("می\u200Cخواهم 👩\u200D💻");
    }

    @Test
    void halfASurrogatePairIsWrittenAsAnEscape() {
        assertThat(Quote.of("\uD83D x \uDE00")).isEqualTo("\\ud83d x \\ude00");
    }

    @Test
    void aLongTextIsCutAndItsLengthTold() {
        assertThat(Quote.of("x".repeat(1_000_000)))
                .isEqualTo("x".repeat(200) + "… (1000000 characters)");
        assertThat(Quote.of("abcdef", 5)).isEqualTo("abcde… (6 characters)");
        assertThat(Quote.of("abcde", 5)).isEqualTo("abcde");
    }

    @Test
    void aTextIsNotCutWithinASurrogatePair() {
        assertThat(Quote.of("ab😀cd", 3)).isEqualTo("ab… (6 characters)");
    }
}
