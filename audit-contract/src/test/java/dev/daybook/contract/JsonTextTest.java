package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({
        "42,42",
        "-7,-7",
        "100.0,100",
        "10.50,10.5",
        "1.2345678901234567e+16,12345678901234567",
        "1.2345e+17,123450000000000000",
        "1E-3,0.001",
        "-0,0",
        "0.00,0",
        "007,007",
        "true,true",
        "1.2.3,1.2.3",
        "1e999999999,1e999999999"
    })
    void aNumberHasOneSpelling(String token, String spelling) {
        assertThat(JsonText.number(token)).isEqualTo(spelling);
    }
}
