package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.NamePattern;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.UUID;

class ConfinedTrailTest {

    private static final TableName SEEN = new TableName("public", "seen");

    /** Counts the searches. */
    private static final class Counting extends InMemoryAuditTrail {

        private int searches;

        @Override
        public @Nullable Keyset reach(EntryQuery query, @Nullable Keyset olderThan, int entries) {
            searches++;
            return super.reach(query, olderThan, entries);
        }
    }

    private final Counting whole = new Counting();
    private final ConfinedTrail confined =
            new ConfinedTrail(
                    whole,
                    new TableScope(List.of(new NamePattern("public.seen"))),
                    () -> List.of(SEEN),
                    () -> Set.of());

    private Gap gap(@Nullable String source, @Nullable String table) {
        Gap gap =
                new Gap(
                        UUID.randomUUID(),
                        source,
                        table,
                        Entries.START,
                        null,
                        "source",
                        "not-captured",
                        "So it is.",
                        Entries.START,
                        null);
        whole.storeGap(gap);
        return gap;
    }

    @Test
    void aSourceIsLookedForOnceWhateverTheNumberOfItsGaps() {
        // Given
        whole.store(Entries.insert("id", "1").table("public", "seen").source("shop").entry());
        for (int i = 0; i < 500; i++) {
            gap("vault", null);
            gap("safe", null);
            gap("shop", null);
        }

        // Then
        assertThat(confined.gaps(all(Choice.any()), 20)).hasSize(20);
        assertThat(whole.searches).isEqualTo(3);
        assertThat(confined.gaps(all(Choice.of("shop")), 20)).hasSize(20);
        assertThat(whole.searches).isEqualTo(4);
        assertThat(confined.gaps()).hasSize(500);
        assertThat(whole.searches).isEqualTo(7);
    }

    @Test
    void whatIsNamedIsListedInTheCoverageToo() {
        // Given
        whole.store(Entries.insert("id", "1").table("public", "seen").source("shop").entry());
        whole.store(Entries.insert("id", "1").table("public", "other").source("vault").entry());
        Gap ofTable = gap("shop", "public.seen");
        Gap ofSource = gap("shop", null);
        Gap ofAny = gap(null, null);
        gap("vault", "public.seen");
        gap("safe", "public.seen");
        gap("vault", null);
        gap("shop", "public.other");
        gap("shop", "a table");

        // Then
        assertThat(confined.gaps(all(Choice.any()), 20)).containsExactly(ofTable, ofSource, ofAny);
        assertThat(confined.coverage().gaps()).containsExactly(ofTable, ofSource, ofAny);
        assertThat(confined.gaps(all(Choice.of("vault")), 20)).containsExactly(ofAny);
    }

    private static GapQuery all(Choice<String> sources) {
        return GapQuery.of(sources, Choice.any(), null, null);
    }
}
