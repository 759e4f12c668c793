package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;

import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a stream waits for: the sources of what its caller sees, of two of which one stands still.
 */
class StreamOfSourcesTest {

    private static final String SHOP_ONLY = "a key that sees the tables of the shop";
    private static final String BOTH = "a key that sees a table of each source";
    private static final String NOTHING_YET = "a key that sees tables that are to come";
    private static AuditDatabase database;
    private static ApiFixture api;

    /** When a test begins; each has a time of its own. */
    private static Instant begin = Instant.parse("2026-10-10T08:00:00Z");

    @BeforeAll
    static void beginAll() {
        database = AuditDatabase.create();
        AccessTest.key(database, SHOP_ONLY, "{read,export}", "{goods.*}", null);
        AccessTest.key(database, BOTH, "{read,export}", "{goods.*,safe.deeds}", null);
        AccessTest.key(database, NOTHING_YET, "{read,export}", "{later.*}", null);
        store("shop", "goods.tea", 0);
        store("vault", "safe.deeds", 0);
        api = ApiFixture.start(database);
    }

    @AfterAll
    static void end() {
        api.close();
    }

    @BeforeEach
    void bothSourcesGoOnTogether() {
        begin = begin.plusSeconds(1_000);
        complete("shop", 1);
        complete("vault", 1);
    }

    private static void store(String source, String table, int second) {
        int dot = table.indexOf('.');
        database.store(
                Entries.insert("id", "1", "n", String.valueOf(second))
                        .source(source)
                        .table(table.substring(0, dot), table.substring(dot + 1))
                        .at(begin.plusSeconds(second))
                        .transaction((long) second)
                        .entry());
    }

    private static String complete(String source, int second) {
        Instant until = begin.plusSeconds(second);
        database.execute(
                """
                insert into audit.watermark values (?, 0, 0, 1, 1, ?, null)
                on conflict (source, changes_partition, entries_partition)
                do update set complete_until = excluded.complete_until
                """,
                source,
                until.atOffset(ZoneOffset.UTC));
        return at(second);
    }

    private static String at(int second) {
        return WireTime.text(begin.plusSeconds(second));
    }

    @Test
    void aSourceThatTheCallerDoesNotSeeHoldsNothingBackAndIsNotShown() throws Exception {
        try (Ear shop = new Ear(api, SHOP_ONLY, "", null);
                Ear all = new Ear(api, ApiFixture.KEY, "", null)) {
            // Given
            shop.awaitComplete(complete("shop", 1));
            all.awaitComplete(complete("vault", 1));

            // When
            store("shop", "goods.tea", 10);
            shop.awaitComplete(complete("shop", 20));

            // Then
            assertThat(shop.numbers()).containsExactly("10");
            assertThat(all.numbers()).isEmpty();

            // When
            store("vault", "safe.deeds", 5);
            complete("vault", 15);
            all.await(2);
            shop.awaitComplete(complete("shop", 30));

            // Then
            assertThat(all.numbers()).containsExactly("5", "10");
            assertThat(shop.numbers()).containsExactly("10");
            assertThat(shop.complete()).doesNotContain(at(15));
        }
    }

    @Test
    void aSourceThatTheCallerSeesIsWaitedFor() throws Exception {
        try (Ear both = new Ear(api, BOTH, "", null);
                Ear named = new Ear(api, BOTH, "source=shop", null)) {
            // Given
            both.awaitComplete(complete("vault", 1));
            named.awaitComplete(complete("shop", 1));

            // When
            store("shop", "goods.tea", 10);
            named.awaitComplete(complete("shop", 20));

            // Then
            assertThat(named.numbers()).containsExactly("10");
            assertThat(both.numbers()).isEmpty();

            // When
            store("vault", "safe.deeds", 5);
            complete("vault", 20);
            both.await(2);

            // Then
            assertThat(both.numbers()).containsExactly("5", "10");
        }
    }

    @Test
    void anEntryThatLiesAheadIsGivenOnceItsOwnSourceIsCompletePastIt() throws Exception {
        try (Ear shop = new Ear(api, SHOP_ONLY, "", null)) {
            // Given
            shop.awaitComplete(complete("shop", 1));
            store("shop", "goods.tea", 200);

            // When
            complete("vault", 300);
            shop.awaitComplete(complete("shop", 120));

            // Then
            assertThat(shop.numbers()).isEmpty();

            // When
            store("shop", "goods.tea", 130);
            shop.awaitComplete(complete("shop", 250));

            // Then
            assertThat(shop.numbers()).containsExactly("130", "200");
        }
    }

    @Test
    void whoSeesNothingYetIsGivenTheFirstEntryThatComes() throws Exception {
        try (Ear later = new Ear(api, NOTHING_YET, "", null)) {
            // Given
            later.awaitComplete("");
            store("shop", "later.tea", 10);
            complete("shop", 60);

            // When
            later.await(1);

            // Then
            assertThat(later.numbers()).containsExactly("10");
        }
    }

    @Test
    void aPlaceHoldsOverReconnectionsWhileASourceStandsStill() throws Exception {
        // Given
        String last;
        try (Ear shop = new Ear(api, SHOP_ONLY, "", null)) {
            shop.awaitComplete(complete("shop", 1));
            store("shop", "goods.tea", 10);
            store("shop", "goods.tea", 11);
            complete("shop", 20);
            shop.await(2);
            last = shop.last();
        }

        // When
        store("shop", "goods.tea", 30);
        try (Ear again = new Ear(api, SHOP_ONLY, "", last)) {
            again.awaitComplete(complete("shop", 40));

            // Then
            assertThat(again.numbers()).containsExactly("30");
        }
    }

    @Test
    void aStreamOutlivesADatabaseThatIsAwayForAWhile() throws Exception {
        Logger feed = (Logger) LoggerFactory.getLogger("dev.daybook.api.query.LiveFeed");
        CountDownLatch failed = new CountDownLatch(1);
        AppenderBase<ILoggingEvent> warnings =
                new AppenderBase<>() {
                    @Override
                    protected void append(ILoggingEvent line) {
                        failed.countDown();
                    }
                };
        warnings.start();
        feed.addAppender(warnings);
        try (Ear shop = new Ear(api, SHOP_ONLY, "", null)) {
            // Given
            shop.awaitComplete(complete("shop", 1));

            // When
            database.execute("alter role daybook_reader nologin");
            try {
                database.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                                + " where usename = 'daybook_reader'"
                                + " and datname = current_database()");
                store("shop", "goods.tea", 10);
                complete("shop", 20);
                assertThat(failed.await(30, TimeUnit.SECONDS))
                        .as("a look at the log has failed")
                        .isTrue();
                assertThat(shop.numbers()).isEmpty();
            } finally {
                database.execute("alter role daybook_reader login");
            }
            shop.await(1);

            // Then
            assertThat(shop.numbers()).containsExactly("10");
        } finally {
            feed.detachAppender(warnings);
        }
    }
}
