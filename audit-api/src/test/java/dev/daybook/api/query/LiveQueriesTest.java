package dev.daybook.api.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.api.ApiFixture;
import dev.daybook.api.AuditDatabase;
import dev.daybook.domain.history.Entries;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** What a listener is given when the log cannot be read while it is shown an entry. */
class LiveQueriesTest {

    private static final Instant BEGIN = Instant.parse("2026-09-09T08:00:00Z");
    private static final Caller ADMINISTRATOR = Caller.ofAll(Caller.Credential.KEY, "test");
    private static final int ENTRIES = 5;

    private final AuditDatabase database = AuditDatabase.create();

    private void complete(int second) {
        database.execute(
                """
                insert into audit.watermark values ('shop', 0, 0, 1, 1, ?, null)
                on conflict (source, changes_partition, entries_partition)
                do update set complete_until = excluded.complete_until
                """,
                BEGIN.plusSeconds(second).atOffset(ZoneOffset.UTC));
    }

    private void store(int second) {
        database.store(
                Entries.insert("id", String.valueOf(second))
                        .source("shop")
                        .at(BEGIN.plusSeconds(second))
                        .transaction((long) second)
                        .entry());
    }

    /** Fails before it takes the third entry, as where its columns' types cannot be read. */
    private static final class Failing implements LiveQueries.Listener {

        private final List<String> heard = new ArrayList<>();
        private final Runnable first;
        private boolean failed;

        /**
         * @param first what happens when it is first told how far the log is complete
         */
        Failing(Runnable first) {
            this.first = first;
        }

        @Override
        public void entry(String place, RecordedView view) throws IOException {
            String key = String.valueOf(view.recorded().entry().entityKey());
            if (key.equals("3") && !failed) {
                failed = true;
                throw new DataAccessResourceFailureException("connection refused");
            }
            heard.add(key);
        }

        @Override
        public void complete(@Nullable Instant until) throws IOException {
            heard.add(until == null ? "unknown" : "complete");
            if (heard.size() == 1) {
                first.run();
            }
            if (heard.size() > ENTRIES && until != null) {
                throw new IOException("enough");
            }
        }
    }

    private void storeAll() {
        for (int second = 1; second <= ENTRIES; second++) {
            store(second);
        }
        complete(10);
    }

    private List<String> listen(EntryQuery query, Failing listener) throws Exception {
        try (ApiFixture api = ApiFixture.start(database)) {
            api.bean(LiveQueries.class).listen(ADMINISTRATOR, query, null, listener);
        } catch (IOException enough) {
            assertThat(enough).hasMessage("enough");
        }
        return listener.heard;
    }

    @Test
    void whoIsBehindIsGivenEachEntryOnceThoughTheLogCouldNotBeReadBetween() throws Exception {
        complete(0);
        storeAll();

        List<String> heard =
                listen(new EntryQuery.Builder().from(BEGIN).build(), new Failing(() -> {}));

        assertThat(heard).containsExactly("1", "2", "unknown", "3", "4", "5", "complete");
    }

    @Test
    void whoIsUpToDateIsGivenEachEntryOnceThoughTheLogCouldNotBeReadBetween() throws Exception {
        complete(0);

        List<String> heard = listen(new EntryQuery.Builder().build(), new Failing(this::storeAll));

        assertThat(heard)
                .containsExactly("complete", "1", "2", "unknown", "3", "4", "5", "complete");
    }
}
