package dev.daybook.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;
import java.util.List;
import java.util.Map;

class ChangeEventTest {

    @Test
    void aKeyThatChangedIsKeptBesideTheNewOne() {
        ChangeEvent change = update(Map.of("a", "1", "b", "\"x\""), Map.of("a", "1", "b", "\"y\""));

        assertThat(change.entityKey()).isEqualTo(new EntityKey("[1,\"y\"]"));
        assertThat(change.oldEntityKey()).isEqualTo(new EntityKey("[1,\"x\"]"));
    }

    @Test
    void aKeyThatIsOnlyWrittenOtherwiseHasNotChanged() {
        assertThat(
                        update(
                                        Map.of("a", "\"1\"", "b", "\"\\u0078\""),
                                        Map.of("a", "1", "b", "\"x\""))
                                .oldEntityKey())
                .isNull();
    }

    @Test
    void nothingIsClaimedOfAKeyThatIsOnlyPartlyKnown() {
        assertThat(update(Map.of("a", "1"), Map.of("a", "1", "b", "\"y\"")).oldEntityKey())
                .isNull();
    }

    @Test
    void aKeyOfWhichOnlyTheOldValueIsKnownIsNotCalledChanged() {
        assertThat(update(Map.of("a", "1", "b", "2"), Map.of("a", "1")).oldEntityKey()).isNull();
    }

    @Test
    void aChangeHasASource() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new ChangeEvent(
                                        "",
                                        new TableName("public", "orders"),
                                        Operation.TRUNCATE,
                                        Instant.EPOCH,
                                        null,
                                        0,
                                        null,
                                        List.of(),
                                        null,
                                        null,
                                        List.of(),
                                        null,
                                        null));
    }

    private static ChangeEvent update(Map<String, String> before, Map<String, String> after) {
        return new ChangeEvent(
                "shop",
                new TableName("public", "orders"),
                Operation.UPDATE,
                Instant.EPOCH,
                7L,
                1,
                "0/1",
                List.of("a", "b"),
                RowImage.of(before),
                RowImage.of(after),
                List.of(),
                null,
                null);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {"100.0,100", "`\"100\"`,100.0", "123450000000000000,1.2345e+17", "-0,0"})
    void aKeyThatIsOnlySpelledOtherwiseDidNotChange(String was, String is) {
        assertThat(updateOfId(was, is).oldEntityKey()).isNull();
    }

    @Test
    void aStringIsNotItsNumber() {
        assertThat(updateOfId("\"100.0\"", "\"100\"").oldEntityKey())
                .isEqualTo(new EntityKey("100.0"));
    }

    private static ChangeEvent updateOfId(String was, String is) {
        return new ChangeEvent(
                "shop",
                new TableName("public", "orders"),
                Operation.UPDATE,
                Instant.EPOCH,
                1L,
                1,
                null,
                List.of("id"),
                RowImage.of(Map.of("id", was)),
                RowImage.of(Map.of("id", is)),
                List.of(),
                null,
                null);
    }
}
