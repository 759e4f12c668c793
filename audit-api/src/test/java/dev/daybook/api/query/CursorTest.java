package dev.daybook.api.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.api.problem.ProblemException;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/** Cursors are in callers' hands over upgrades, so their encoding is pinned. */
class CursorTest {

    private static final Question QUESTION =
            new Question("entries").with("table", "public.orders").with("actor", "anna");
    private static final Cursor CURSOR =
            new Cursor(
                    Instant.parse("2026-11-22T09:30:00.120001Z"),
                    2,
                    UUID.fromString("019aad30-b7c8-8001-8d3f-0a1b2c3d4e5f"));

    @Test
    void aQuestionHasTheSameTextInEveryVersion() {
        Question question =
                new Question("history")
                        .with("to", Instant.parse("2026-11-22T09:30:00Z"))
                        .with("key", "[\"a\",\"b\"]")
                        .with("actor", (String) null)
                        .with("unattributed", true);

        assertThat(question.text())
                .isEqualTo(
                        "history key=\"[\\\"a\\\",\\\"b\\\"]\""
                                + " to=\"2026-11-22T09:30:00.000000Z\" unattributed=\"true\"");
    }

    @Test
    void whatIsNotAskedForIsNoPartOfTheQuestion() {
        Question more =
                new Question("entries")
                        .with("actor", "anna")
                        .with("a_later_parameter", (String) null)
                        .with("a_later_flag", false)
                        .with("table", "public.orders");

        assertThat(more.text()).isEqualTo(QUESTION.text());
    }

    @Test
    void aCursorHasTheSameTextInEveryVersion() {
        // Computed from what Cursor and Question document, without them.
        String text = "AhV2IRuvwA_eAAZg2h8JisEAAAAAAAAAAgGarTC3yIABjT8KGyw9Tl9Yqvs_";

        assertThat(CURSOR.text(QUESTION)).isEqualTo(text);
        assertThat(Cursor.read(text, QUESTION)).isEqualTo(CURSOR);
    }

    @Test
    void aCursorIsRefusedWhicheverByteWasChanged() {
        byte[] bytes = Base64.getUrlDecoder().decode(CURSOR.text(QUESTION));
        for (int i = 0; i < bytes.length; i++) {
            for (int change : new int[] {1, 0x7f, 0x80, 0xff}) {
                byte[] forged = bytes.clone();
                forged[i] ^= (byte) change;
                String text = Base64.getUrlEncoder().withoutPadding().encodeToString(forged);

                assertThatThrownBy(() -> Cursor.read(text, QUESTION))
                        .as("byte %d ^ %x", i, change)
                        .isInstanceOf(ProblemException.class);
            }
        }
    }

    @Test
    void aCursorOfAnotherQuestionIsRefusedWithItsReason() {
        assertThatThrownBy(() -> Cursor.read(CURSOR.text(QUESTION), new Question("entries")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("another search");
    }
}
