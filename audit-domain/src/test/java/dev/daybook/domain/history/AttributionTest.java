package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Attribution.ActorSource;

import org.junit.jupiter.api.Test;

class AttributionTest {

    @Test
    void theContextsActorCountsBeforeTheRows() {
        assertThat(Attribution.ofContext("anna", "bert", "why", "r", "{}", "app"))
                .isEqualTo(new Attribution("anna", ActorSource.CONTEXT, "why", "r", "{}", "app"));
    }

    @Test
    void aContextWithoutAnActorLeavesTheRows() {
        assertThat(Attribution.ofContext(null, "bert", "why", null, null, null))
                .isEqualTo(new Attribution("bert", ActorSource.COLUMN, "why", null, null, null));
        assertThat(Attribution.ofContext(null, null, "why", null, null, null).source())
                .isEqualTo(ActorSource.NONE);
    }

    @Test
    void withoutAContextTheRowsActorCounts() {
        assertThat(Attribution.ofColumn("bert"))
                .isEqualTo(new Attribution("bert", ActorSource.COLUMN, null, null, null, null));
        assertThat(Attribution.ofColumn(null).source()).isEqualTo(ActorSource.NONE);
    }

    @Test
    void aSnapshotIsNeverUnattributed() {
        Attribution nobody = Attribution.ofColumn(null);

        assertThat(recorded(Entries.snapshot("id", "1"), nobody).unattributed()).isFalse();
        assertThat(recorded(Entries.insert("id", "1"), nobody).unattributed()).isTrue();
        assertThat(recorded(Entries.insert("id", "1"), Attribution.ofColumn("a")).unattributed())
                .isFalse();
    }

    private static RecordedEntry recorded(Entries entry, Attribution attribution) {
        return new RecordedEntry(entry.entry(), Entries.START, attribution);
    }
}
