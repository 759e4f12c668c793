package dev.daybook.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.util.stream.IntStream;

class ScreenTest {

    @Test
    void aPlainValueIsShownAsItIs() {
        assertThat(Screen.text("anna")).isEqualTo("anna");
        assertThat(Screen.text("Žofie, 李 👩‍👧")).isEqualTo("Žofie, 李 👩‍👧");
        assertThat(Screen.text("a\\b \"c\"")).isEqualTo("a\\b \"c\"");
    }

    @Test
    void whatMovesTheCursorOrForgesALineIsShownAsWhatItIs() {
        assertThat(Screen.text("anna\u001b[2K\rroot")).isEqualTo("\"anna\\u001b[2K\\u000droot\"");
        assertThat(Screen.text("one\ntwo")).isEqualTo("\"one\\u000atwo\"");
        assertThat(Screen.line("table \u202e is gone\u2028"))
                .isEqualTo("table \\u202e is gone\\u2028");
    }

    /** Otherwise an actor could be called like the remark that nobody said who. */
    @Test
    void differentValuesNeverLookAlike() {
        assertThat(Screen.text("(nobody said who)")).isEqualTo("\"(nobody said who)\"");
        assertThat(Screen.text("\"x\"")).isEqualTo("\"\\\"x\\\"\"");
        assertThat(Screen.text("")).isEqualTo("\"\"");
        assertThat(Screen.text("\n")).isNotEqualTo(Screen.text("\\u000a"));
    }

    @Test
    void noCharacterThatATerminalActsOnIsLeft() {
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(
                        c ->
                                Character.isISOControl(c)
                                        || c == 0x2028
                                        || c == 0x2029
                                        || c == 0x061C
                                        || (c >= 0x200E && c <= 0x200F)
                                        || (c >= 0x202A && c <= 0x202E)
                                        || (c >= 0x2066 && c <= 0x2069)
                                        || c == 0xE0001)
                .mapToObj(Character::toString)
                .forEach(
                        c -> {
                            assertThat(Screen.text("a" + c)).doesNotContain(c);
                            assertThat(Screen.line("a" + c)).doesNotContain(c);
                        });
    }

    @Test
    void jsonKeepsItsValue() {
        String json = "{\"a\": \"\u0085\u202e\u007f é\", \"n\": 7.50}";

        String shown = Screen.json(json);

        assertThat(shown).contains("\\u0085\\u202e\\u007f é", "7.50");
        JsonMapper mapper = JsonMapper.builder().build();
        assertThat(mapper.readTree(shown)).isEqualTo(mapper.readTree(json));
    }
}
