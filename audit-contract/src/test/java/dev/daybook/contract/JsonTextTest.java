package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonTextTest {

    @Test
    void readsBackWhatItWrites() {
        Seeds.forEach(
                2_000,
                random -> {
                    String text = Seeds.text(random, 12);

                    assertThat(JsonText.scalar(JsonText.quoted(text))).isEqualTo(text);
                    assertThat(JsonText.scalar(Seeds.token(random, text))).isEqualTo(text);
                    assertThat(JsonText.canonical(Seeds.token(random, text)))
                            .isEqualTo(JsonText.canonical(JsonText.quoted(text)));
                });
    }

    @Test
    void leavesOtherTokensAsTheyAre() {
        assertThat(JsonText.scalar("7.50")).isEqualTo("7.50");
        assertThat(JsonText.scalar("null")).isEqualTo("null");
        assertThat(JsonText.scalar("")).isEmpty();
        assertThat(JsonText.canonical("7.50")).isEqualTo("7.50");
    }

    @Test
    void escapesHalfASurrogatePairAndNothingOfAWholeOne() {
        assertThat(JsonText.quoted("\uD83D")).isEqualTo("\"\\ud83d\"");
        assertThat(JsonText.quoted("\uDE00")).isEqualTo("\"\\ude00\"");
        assertThat(JsonText.quoted("\uD83D\uDE00")).isEqualTo("\"\uD83D\uDE00\"");
    }

    @Test
    void knowsWhatPostgreSqlCannotStoreAndReplacesIt() {
        assertThat(JsonText.isStorable("a\uD83D\uDE00b")).isTrue();
        for (String text : new String[] {"\0", "\uD83D", "\uDE00", "\uDE00\uD83D", "a\uD83Db"}) {
            assertThat(JsonText.isStorable(text)).isFalse();
            assertThat(JsonText.isStorable(JsonText.storable(text))).isTrue();
            assertThat(JsonText.storable(text)).hasSameSizeAs(text);
        }
        assertThat(JsonText.storable("a\0b\uD83D")).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(JsonText.storable("\uD83D\uDE00")).isEqualTo("\uD83D\uDE00");
    }
}
