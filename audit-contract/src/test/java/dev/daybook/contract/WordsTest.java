package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

/** Pins the words that are on disk: records and rows of earlier versions hold them. */
class WordsTest {

    @Test
    void namesTopics() {
        assertThat(Arrays.stream(Topic.values()).map(Topic::defaultName))
                .containsExactly("entries", "transactions", "tables", "rejected", "segments");
        assertThat(Topic.changesOf("shop")).isEqualTo("changes.shop");
    }

    @Test
    void namesOperationsAndReadsThemBack() {
        assertThat(Arrays.stream(Operation.values()).map(Operation::word))
                .containsExactly(
                        "snapshot", "insert", "update", "delete", "truncate", "table-change")
                .allSatisfy(word -> assertThat(Operation.ofWord(word)).isPresent());
        assertThat(Operation.ofWord("load")).isEmpty();
        assertThat(Arrays.stream(ChangeOperation.values()).map(ChangeOperation::word))
                .containsExactly(
                        "load",
                        "insert",
                        "update",
                        "delete",
                        "create-table",
                        "drop-table",
                        "truncate",
                        "heartbeat",
                        "position",
                        "gap")
                .allSatisfy(word -> assertThat(ChangeOperation.ofWord(word)).isPresent());
        assertThat(ChangeOperation.ofWord("snapshot")).isEmpty();
    }

    @Test
    void namesCausesOfGaps() {
        assertThat(Arrays.stream(GapCause.values()).map(GapCause::word))
                .containsExactly(
                        "expired",
                        "topic-replaced",
                        "not-published",
                        "not-captured",
                        "no-key",
                        "unlogged",
                        "load-failed",
                        "slot-lost",
                        "slot-moved",
                        "source-restored",
                        "source-replaced",
                        "chain-broken",
                        "skipped",
                        "key-late");
    }

    @Test
    void namesChangesOfTablesAndReadsThemBack() {
        assertThat(Arrays.stream(TableChange.values()).map(TableChange::word))
                .containsExactly(
                        "create-table",
                        "alter-table",
                        "rename-table",
                        "drop-table",
                        "capture-table",
                        "release-table",
                        "define-table",
                        "attach-partition",
                        "detach-partition",
                        "drop-partition",
                        "truncate-partition",
                        "add-column",
                        "drop-column",
                        "rename-column",
                        "column-type-change",
                        "change-columns")
                .allSatisfy(word -> assertThat(TableChange.ofWord(word)).isPresent());
        assertThat(TableChange.ofWord("refresh-table")).isEmpty();
        assertThat(TableChange.is("daybook", "table_change")).isTrue();
        assertThat(TableChange.is("public", "table_change")).isFalse();
    }

    @Test
    void namesStagesAndReadsThemBack() {
        assertThat(Arrays.stream(Stage.values()).map(Stage::word))
                .containsExactly("source", "ingest", "sink")
                .allSatisfy(word -> assertThat(Stage.ofWord(word)).isPresent());
        assertThat(Stage.ofWord("api")).isEmpty();
    }

    @Test
    void namesOutcomesOfReplaysAndReadsThemBack() {
        assertThat(Arrays.stream(ReplayOutcome.values()).map(ReplayOutcome::word))
                .containsExactly("replayed", "rejected", "unavailable")
                .allSatisfy(word -> assertThat(ReplayOutcome.ofWord(word)).isPresent());
        assertThat(ReplayOutcome.ofWord("done")).isEmpty();
    }

    @Test
    void tellsDataRecordsFromControlRecords() {
        assertThat(Arrays.stream(ChangeOperation.values()).filter(ChangeOperation::isData))
                .containsExactly(
                        ChangeOperation.LOAD,
                        ChangeOperation.INSERT,
                        ChangeOperation.UPDATE,
                        ChangeOperation.DELETE);
    }

    @Test
    void knowsTheTableOfContexts() {
        assertThat(TransactionContext.is("daybook", "transaction_context")).isTrue();
        assertThat(TransactionContext.is("public", "transaction_context")).isFalse();
        assertThat(TransactionContext.is("daybook", "other")).isFalse();
    }

    @Test
    void takesAPositionBehindAPageHeaderForThePagesBeginning() {
        assertThat(Lsn.withoutPageHeader(8192 * 5)).isEqualTo(8192 * 5);
        assertThat(Lsn.withoutPageHeader(8192 * 5 + 24)).isEqualTo(8192 * 5);
        assertThat(Lsn.withoutPageHeader(8192 * 5 + 40)).isEqualTo(8192 * 5);
        assertThat(Lsn.withoutPageHeader(8192 * 5 + 41)).isEqualTo(8192 * 5 + 41);
        assertThat(Lsn.withoutPageHeader(8192 * 6 - 1)).isEqualTo(8192 * 6 - 1);
    }

    @Test
    void refusesAPositionThatIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lsn.parse("0A1B2C3D"))
                .withMessageContaining("0A1B2C3D");
    }

    @Test
    void writesPositionsInBothForms() {
        long lsn = 0x1_0A1B_2C3DL;
        assertThat(Lsn.wide(lsn)).isEqualTo("00000001/0A1B2C3D");
        assertThat(Lsn.sql(lsn)).isEqualTo("1/A1B2C3D");
        assertThat(Lsn.parse(Lsn.wide(lsn))).isEqualTo(lsn);
        assertThat(Lsn.parse(Lsn.sql(lsn))).isEqualTo(lsn);
        assertThat(Lsn.parse(Lsn.wide(-1))).isEqualTo(-1);
    }
}
