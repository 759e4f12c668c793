package dev.daybook.api.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.api.ApiFixture;
import dev.daybook.api.AuditDatabase;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Entries;
import dev.daybook.domain.history.Timeline;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** How often the log is read for those who listen. */
class LiveFeedTest {

    private static final Instant BEGIN = Instant.parse("2026-09-09T08:00:00Z");
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int LISTENERS = 2_000;

    private final AuditDatabase database = AuditDatabase.create();
    private final AtomicInteger reads = new AtomicInteger();

    private void complete(String source, int second) {
        database.execute(
                """
                insert into audit.watermark values (?, 0, 0, 1, 1, ?, null)
                on conflict (source, changes_partition, entries_partition)
                do update set complete_until = excluded.complete_until
                """,
                source,
                BEGIN.plusSeconds(second).atOffset(ZoneOffset.UTC));
    }

    private void store(String source, int second) {
        database.store(
                Entries.insert("id", "1")
                        .source(source)
                        .at(BEGIN.plusSeconds(second))
                        .transaction((long) second)
                        .entry());
    }

    /** A trail that counts what is read of entries. */
    private AuditTrail counting(AuditTrail trail) {
        return (AuditTrail)
                Proxy.newProxyInstance(
                        AuditTrail.class.getClassLoader(),
                        new Class<?>[] {AuditTrail.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("forward")) {
                                reads.incrementAndGet();
                            }
                            try {
                                return method.invoke(trail, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static LiveFeed.Window await(LiveFeed.Seat seat, LiveFeed.Sources sources)
            throws InterruptedException {
        LiveFeed.Window window = seat.await(sources, LONGEST);
        assertThat(window).isNotNull();
        return window;
    }

    @Test
    void thoseWhoWaitForTheSameSourcesShareOneReading() throws Exception {
        complete("shop", 0);
        complete("vault", 0);
        try (ApiFixture api = ApiFixture.start(database)) {
            AuditTrail trail = counting(api.bean(AuditTrail.class));
            LiveFeed feed = new LiveFeed(trail, new Timeline(trail));
            LiveFeed.Sources shop = new LiveFeed.Sources(Set.of("shop"));
            List<LiveFeed.Seat> seats = new ArrayList<>();
            try {
                // Given
                for (int i = 0; i < LISTENERS; i++) {
                    seats.add(seat(feed.enter(LISTENERS)));
                    await(seats.getLast(), i % 2 == 0 ? LiveFeed.Sources.ALL : shop);
                }
                assertThat(feed.enter(LISTENERS)).isNull();

                // When
                store("shop", 5);
                complete("shop", 10);
                for (int i = 1; i < LISTENERS; i += 2) {
                    assertThat(await(seats.get(i), shop).entries()).hasSize(1);
                }

                // Then
                assertThat(reads.get()).isEqualTo(1);

                // When
                complete("vault", 20);
                for (int i = 0; i < LISTENERS; i += 2) {
                    assertThat(await(seats.get(i), LiveFeed.Sources.ALL).entries()).hasSize(1);
                }

                // Then
                assertThat(reads.get()).isEqualTo(2);
            } finally {
                seats.forEach(LiveFeed.Seat::close);
                feed.close();
            }
        }
    }

    private static LiveFeed.Seat seat(LiveFeed.@Nullable Seat seat) {
        assertThat(seat).isNotNull();
        return seat;
    }
}
