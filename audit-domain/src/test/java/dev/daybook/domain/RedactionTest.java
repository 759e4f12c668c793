package dev.daybook.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

class RedactionTest {

    private static final byte[] KEY = "sixteen-letters!".getBytes(StandardCharsets.UTF_8);

    @Test
    void keepsValuesOutOfBothImages() {
        Redaction redaction =
                new Redaction(
                        List.of(
                                rule("public.customers", "email", Redaction.Action.HASH),
                                rule("public.*", "pass*", Redaction.Action.DROP),
                                rule("*", "phone", Redaction.Action.MASK)),
                        KEY);
        ChangeEvent kept =
                redaction.apply(
                        update(
                                Map.of(
                                        "id",
                                        "1",
                                        "email",
                                        "\"a@b\"",
                                        "password",
                                        "\"old\"",
                                        "phone",
                                        "null"),
                                Map.of(
                                        "id",
                                        "1",
                                        "email",
                                        "\"a@b\"",
                                        "password",
                                        "\"new\"",
                                        "phone",
                                        "\"123\"")));

        RowImage before = kept.before();
        RowImage after = kept.after();
        assertThat(before).isNotNull();
        assertThat(after).isNotNull();
        assertThat(after.token("id")).isEqualTo("1");
        assertThat(after.token("email")).startsWith("\"hmac:").isEqualTo(before.token("email"));
        assertThat(after.knows("password")).isFalse();
        assertThat(before.knows("password")).isFalse();
        assertThat(kept.unknownColumns()).containsExactly("password");
        assertThat(after.token("phone")).isEqualTo(Redaction.MASKED);
        assertThat(before.token("phone")).isEqualTo("null");
    }

    @Test
    void theFirstRuleThatMatchesCounts() {
        Redaction redaction =
                new Redaction(
                        List.of(
                                rule("public.customers", "id", Redaction.Action.KEEP),
                                rule("*", "*", Redaction.Action.DROP)),
                        null);
        ChangeEvent kept = redaction.apply(update(Map.of(), Map.of("id", "1", "note", "\"x\"")));

        assertThat(kept.after()).isEqualTo(RowImage.of(Map.of("id", "1")));
    }

    @Test
    void aHashedKeyStaysAKeyAndAMaskedOneIsNone() {
        ChangeEvent change = update(Map.of(), Map.of("id", "1"));

        assertThat(
                        new Redaction(List.of(rule("*", "id", Redaction.Action.HASH)), KEY)
                                .apply(change)
                                .entityKey())
                .isNotNull()
                .extracting(EntityKey::text)
                .asString()
                .startsWith("hmac:");
        assertThat(
                        new Redaction(List.of(rule("*", "id", Redaction.Action.MASK)), null)
                                .apply(change)
                                .entityKey())
                .isNull();
    }

    @Test
    void aHashHasItsRulesNameAndAKeyTheHashAlone() {
        Redaction redaction =
                new Redaction(
                        List.of(
                                new Redaction.Rule(
                                        new NamePattern("*"),
                                        new NamePattern("*"),
                                        Redaction.Action.HASH,
                                        "contact \"data\"")),
                        KEY);

        ChangeEvent kept = redaction.apply(update(Map.of(), Map.of("id", "1", "n", "\"2\"")));

        assertThat(kept.after()).isNotNull();
        assertThat(kept.after().token("n")).matches("\"hmac:[0-9a-f]{32} \\[contact .*]\"");
        assertThat(JsonText.scalar(kept.after().token("n"))).endsWith(" [contact \"data\"]");
        assertThat(kept.after().token("id")).matches("\"hmac:[0-9a-f]{32}\"");
    }

    @Test
    void onlyASnapshotWhoseKeyIsTouchedLosesThePositionThatNamesIt() {
        Redaction hashed = new Redaction(List.of(rule("*", "id", Redaction.Action.HASH)), KEY);
        Redaction kept =
                new Redaction(
                        List.of(
                                rule("*", "id", Redaction.Action.KEEP),
                                rule("*", "*", Redaction.Action.MASK)),
                        null);
        ChangeEvent snapshot = event(Operation.SNAPSHOT, Map.of(), Map.of("id", "1", "n", "2"));
        ChangeEvent update = update(Map.of(), Map.of("id", "1", "n", "2"));

        assertThat(hashed.apply(snapshot).position()).isNull();
        assertThat(kept.apply(snapshot).position()).isEqualTo("0/1");
        assertThat(hashed.apply(update).position()).isEqualTo("0/1");
    }

    @Test
    void anImageOfWhichNothingIsLeftIsNone() {
        Redaction redaction = new Redaction(List.of(rule("*", "n", Redaction.Action.DROP)), null);

        assertThat(redaction.apply(update(Map.of("n", "1"), Map.of("id", "1"))).before()).isNull();
        assertThat(redaction.apply(update(Map.of("id", "1", "n", "1"), Map.of("id", "1"))).before())
                .isEqualTo(RowImage.of(Map.of("id", "1")));
        assertThat(redaction.apply(update(Map.of("n", "1"), Map.of("id", "1"))).unknownColumns())
                .isEmpty();
    }

    @Test
    void leavesOtherTablesAlone() {
        ChangeEvent change = update(Map.of(), Map.of("id", "1"));

        assertThat(
                        new Redaction(List.of(rule("other.*", "*", Redaction.Action.DROP)), null)
                                .apply(change))
                .isSameAs(change);
    }

    @Test
    void hashingNeedsAKey() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new Redaction(List.of(rule("*", "*", Redaction.Action.HASH)), null));
    }

    @Test
    void aStarStandsForAnyRunOfCharacters() {
        assertThat(new NamePattern("*").matches("")).isTrue();
        assertThat(new NamePattern("public.*").matches("public.orders")).isTrue();
        assertThat(new NamePattern("*_at").matches("a_at_at")).isTrue();
        assertThat(new NamePattern("a*b*c").matches("aXbXbXc")).isTrue();
        assertThat(new NamePattern("a*b*c").matches("aXbXb")).isFalse();
        assertThat(new NamePattern("a").matches("ab")).isFalse();
    }

    @Test
    void aColumnNamesTheActorOfWhatWasWritten() {
        ActorColumns actors =
                new ActorColumns(
                        List.of(
                                ActorColumns.Column.parse("public.customers.editor"),
                                ActorColumns.Column.parse("updated_by")));

        assertThat(
                        actors.actor(
                                update(
                                        Map.of(),
                                        Map.of("updated_by", "\"bob\"", "editor", "\"ann\""))))
                .isEqualTo("ann");
        assertThat(
                        actors.actor(
                                update(
                                        Map.of(),
                                        Map.of("updated_by", "\"bob\"", "editor", "null"))))
                .isEqualTo("bob");
        assertThat(actors.actor(update(Map.of(), Map.of("updated_by", "7")))).isEqualTo("7");
        assertThat(actors.actor(update(Map.of(), Map.of("id", "7")))).isNull();
    }

    @Test
    void nobodyIsTakenForTheActorOfWhatWasNotWritten() {
        ActorColumns actors = new ActorColumns(List.of(ActorColumns.Column.parse("updated_by")));
        Map<String, String> row = Map.of("updated_by", "\"ann\"");

        assertThat(actors.actor(event(Operation.INSERT, Map.of(), row))).isEqualTo("ann");
        assertThat(actors.actor(event(Operation.SNAPSHOT, Map.of(), row))).isNull();
        assertThat(actors.actor(event(Operation.DELETE, row, Map.of()))).isNull();
        assertThat(actors.actor(update(Map.of(), Map.of("updated_by", Redaction.MASKED)))).isNull();
        assertThat(actors.actor(update(Map.of(), Map.of("updated_by", "\"\"")))).isNull();
    }

    private static Redaction.Rule rule(String table, String column, Redaction.Action action) {
        return new Redaction.Rule(new NamePattern(table), new NamePattern(column), action);
    }

    private static ChangeEvent update(Map<String, String> before, Map<String, String> after) {
        return event(Operation.UPDATE, before, after);
    }

    private static ChangeEvent event(
            Operation operation, Map<String, String> before, Map<String, String> after) {
        return new ChangeEvent(
                "shop",
                new TableName("public", "customers"),
                operation,
                Instant.EPOCH,
                7L,
                1,
                "0/1",
                List.of("id"),
                RowImage.of(before),
                RowImage.of(after),
                List.of(),
                null,
                null);
    }
}
