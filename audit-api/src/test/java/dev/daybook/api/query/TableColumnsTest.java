package dev.daybook.api.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.history.Entries;
import dev.daybook.domain.history.InMemoryAuditTrail;
import dev.daybook.domain.history.RecordedEntry;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class TableColumnsTest {

    private static final TableName TABLE = new TableName("public", "orders");

    private final Trail trail = new Trail();
    private final TableColumns columns =
            new TableColumns(trail, new Admission(3, 1, 0, Duration.ZERO));

    /** A log of a source without watermarks, that counts how often it is asked. */
    private static final class Trail extends InMemoryAuditTrail {

        private int asked;

        @Override
        public List<RecordedEntry> changesOf(String source, TableName table, int limit) {
            asked++;
            return super.changesOf(source, table, limit);
        }
    }

    /** An answer about all sources is settled by the watermarks of the others. */
    @Test
    void theColumnsForAPageAreReadOnceThoughTheirSourceHasNoWatermarks() {
        // When
        for (int entry = 0; entry < 50; entry++) {
            columns.at("shop", TABLE, Entries.START, Entries.START.plusSeconds(60));
        }

        // Then: twice where a second passes meanwhile
        assertThat(trail.asked).isLessThan(5);
    }
}
