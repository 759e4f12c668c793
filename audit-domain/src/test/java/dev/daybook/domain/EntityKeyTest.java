package dev.daybook.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Seeds;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class EntityKeyTest {

    @Test
    void aKeyOfOneColumnIsItsValueHoweverItWasEscaped() {
        Seeds.forEach(
                2_000,
                random -> {
                    String text = Seeds.text(random, 8);
                    RowImage row = RowImage.of(Map.of("id", Seeds.token(random, text)));

                    assertThat(EntityKey.of(row, List.of("id"))).isEqualTo(new EntityKey(text));
                });
    }

    @Test
    void aKeyOfSeveralColumnsHasOneSpellingHoweverItWasEscaped() {
        Seeds.forEach(
                2_000,
                random -> {
                    String text = Seeds.text(random, 8);
                    RowImage one = RowImage.of(Map.of("a", "7", "b", Seeds.token(random, text)));
                    RowImage other = RowImage.of(Map.of("a", "7", "b", Seeds.token(random, text)));

                    assertThat(EntityKey.of(one, List.of("a", "b")))
                            .isEqualTo(EntityKey.of(other, List.of("a", "b")));
                });
    }

    @Test
    void differentValuesAreDifferentKeys() {
        Seeds.forEach(
                2_000,
                random -> {
                    String a = Seeds.text(random, 3);
                    String b = Seeds.text(random, 3);
                    String c = Seeds.text(random, 3);
                    String d = Seeds.text(random, 3);
                    EntityKey one =
                            EntityKey.of(
                                    row(Seeds.token(random, a), Seeds.token(random, b)),
                                    List.of("a", "b"));
                    EntityKey other =
                            EntityKey.of(
                                    row(Seeds.token(random, c), Seeds.token(random, d)),
                                    List.of("a", "b"));

                    assertThat(one != null && one.equals(other))
                            .isEqualTo(a.equals(c) && b.equals(d));
                });
    }

    @Test
    void severalColumnsMakeAnArrayInKeyOrder() {
        assertThat(EntityKey.of(row("42", "\"a\\u002fb\""), List.of("b", "a")))
                .isEqualTo(new EntityKey("[\"a/b\",42]"));
    }

    @Test
    void aRowWithoutItsKeyHasNoIdentity() {
        RowImage row = RowImage.of(Map.of("id", "null", "a", "1"));

        assertThat(EntityKey.of(row, List.of())).isNull();
        assertThat(EntityKey.of(row, List.of("missing"))).isNull();
        assertThat(EntityKey.of(row, List.of("a", "missing"))).isNull();
        assertThat(EntityKey.of(row, List.of("id"))).isNull();
    }

    @Test
    void theEmptyTextIsAKey() {
        assertThat(EntityKey.of(RowImage.of(Map.of("id", "\"\"")), List.of("id")))
                .isEqualTo(new EntityKey(""));
    }

    @Test
    void knowsWhatPostgresCannotKeep() {
        assertThat(new EntityKey("a/é\uD83D\uDE00").isStorable()).isTrue();
        assertThat(new EntityKey("a\u0000").isStorable()).isFalse();
        assertThat(new EntityKey("\uD83D").isStorable()).isFalse();
    }

    private static RowImage row(String a, String b) {
        return RowImage.of(Map.of("a", a, "b", b));
    }

    @Test
    void aNumberIsOneKeyHoweverItIsWritten() {
        for (String token : List.of("12345678901234567", "1.2345678901234567e+16")) {
            assertThat(EntityKey.of(RowImage.of(Map.of("id", token)), List.of("id")))
                    .isEqualTo(new EntityKey("12345678901234567"));
        }
        assertThat(EntityKey.of(row("100.0", "\"100.0\""), List.of("a", "b")))
                .isEqualTo(new EntityKey("[100,\"100.0\"]"));
    }

    @Test
    void aKeyOfSeveralColumnsIsReadHoweverItsArrayIsWritten() {
        assertThat(EntityKey.respelled("[ \"x\" ,\n\"\\u0079\\/\"]"))
                .isEqualTo(new EntityKey("[\"x\",\"y/\"]"));
        assertThat(EntityKey.respelled("[1, 1.50, -2e3, null, true]"))
                .isEqualTo(new EntityKey("[1,1.5,-2000,null,true]"));
        for (String other :
                new String[] {
                    "",
                    "[",
                    "[]",
                    "[1]",
                    "[1,]",
                    "[1,2",
                    "[1,2]x",
                    "[01,2]",
                    "[1,[2]]",
                    "x",
                    "[\"a\",b]",
                    "[\"a\",\"\\x\"]",
                    "[1,2]",
                    "[\"a\",\"b\"]"
                }) {
            assertThat(EntityKey.respelled(other)).as(other).isNull();
        }
    }
}
