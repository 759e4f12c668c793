package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Exports of many entries and many listeners at once, in the heap that the JVM has. Set {@code
 * daybook.test.entries} and {@code daybook.test.listeners} for more of them, and {@code test.heap}
 * for another heap; both print what they reach.
 */
class WholeAnswersSizeTest {

    private static final int ENTRIES = Integer.getInteger("daybook.test.entries", 20_000);
    private static final int LISTENERS = Integer.getInteger("daybook.test.listeners", 100);

    /** Long enough ago that what the tests call the last entry is past at every time of day. */
    private static final Instant BEGIN =
            Instant.now(Clock.systemUTC())
                    .truncatedTo(ChronoUnit.SECONDS)
                    .minus(4, ChronoUnit.DAYS);

    private static AuditDatabase database;
    private static ApiFixture api;

    @BeforeAll
    static void begin() {
        database = AuditDatabase.create();
        database.execute(
                "select audit.ensure_partitions(?, ?)",
                BEGIN.atOffset(ZoneOffset.UTC),
                BEGIN.plusSeconds(400_000).atOffset(ZoneOffset.UTC));
        store(0, ENTRIES);
        database.execute("analyze audit.entry");
        completeUntil(BEGIN.plusSeconds(300_000));
        api =
                ApiFixture.start(
                        database,
                        Map.of(
                                "daybook.api.key",
                                ApiFixture.KEY,
                                "server.tomcat.max-connections",
                                LISTENERS + 100));
    }

    @AfterAll
    static void end() {
        api.close();
    }

    /** Stores updates that carry their old rows, three to a transaction. */
    private static void store(int from, int to) {
        database.execute(
                """
                insert into audit.entry (id, committed_at, transaction_id, sequence, source,
                    table_name, operation, entity_key, before, after)
                select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '8000'
                        || '8' || substr(md5(i::text), 1, 15))::uuid,
                    at, 1000 + i / 3, 1 + i % 3, 'shop', 'public.orders', 'update',
                    (i % 100000)::text,
                    json_build_object('id', i % 100000, 'status', 'new', 'total', i / 100.0),
                    json_build_object('id', i % 100000, 'status', 'paid', 'total', i / 50.0)
                from generate_series(?, ? - 1) i,
                    lateral (select ?::timestamptz + (i / 3) * interval '100 microseconds' as at) t
                """,
                from, to, BEGIN.atOffset(ZoneOffset.UTC));
    }

    private static void completeUntil(Instant until) {
        database.execute(
                """
                insert into audit.watermark values ('shop', 0, 0, 1, 1, ?, null)
                on conflict (source, changes_partition, entries_partition)
                do update set complete_until = excluded.complete_until
                """,
                until.atOffset(ZoneOffset.UTC));
    }

    @Test
    void anExportIsWrittenToItsLastLineWhateverItsSize() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            // When
            long begun = System.nanoTime();
            long lines = 0;
            byte[] tail = new byte[200];
            try (InputStream body =
                    client.send(
                                    api.request(
                                                    "/api/v1/entries/export?to="
                                                            + BEGIN.plusSeconds(300_000))
                                            .header("X-API-Key", ApiFixture.KEY)
                                            .build(),
                                    HttpResponse.BodyHandlers.ofInputStream())
                            .body()) {
                byte[] part = new byte[1 << 16];
                for (int n = body.read(part); n >= 0; n = body.read(part)) {
                    for (int i = 0; i < n; i++) {
                        lines += part[i] == '\n' ? 1 : 0;
                    }
                    int kept = Math.min(n, tail.length);
                    System.arraycopy(tail, kept, tail, 0, tail.length - kept);
                    System.arraycopy(part, n - kept, tail, tail.length - kept, kept);
                }
            }
            double seconds = (System.nanoTime() - begun) / 1e9;

            // Then
            System.out.printf(
                    "export: %d entries in %.1f s, %.0f a second, heap at most %d MiB%n",
                    lines - 1,
                    seconds,
                    (lines - 1) / seconds,
                    Runtime.getRuntime().maxMemory() >> 20);
            assertThat(lines).isEqualTo(ENTRIES + 1L);
            assertThat(new String(tail, StandardCharsets.UTF_8))
                    .contains("{\"complete\":true,\"entries\":" + ENTRIES + ",");
        }
    }

    @Test
    void anExportThatLosesTheDatabaseIsBrokenOffAndSaysSoInALine() throws Exception {
        // Given
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        root.addAppender(lines);
        try (Socket socket = new Socket()) {
            // Most of the export waits for its reader.
            socket.setReceiveBufferSize(4_096);
            socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(2));
            socket.connect(new InetSocketAddress("127.0.0.1", api.port()));
            ask(socket, "/api/v1/entries/export");
            readUntil(socket, "before_origin");

            // When
            database.execute("alter role daybook_reader nologin");
            database.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where usename = 'daybook_reader' and datname = current_database()");

            // Then
            assertThat(rest(socket))
                    .doesNotContain("\"complete\":true")
                    .as("the end of a chunked answer")
                    .doesNotEndWith("\r\n0\r\n\r\n");
            for (int i = 0; i < 3_000 && brokenOff(lines).isEmpty(); i++) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertThat(brokenOff(lines))
                    .singleElement()
                    .satisfies(line -> assertThat(line.getThrowableProxy()).isNull());
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .noneMatch(line -> line.contains("@ExceptionHandler"));
        } finally {
            root.detachAppender(lines);
            database.execute("alter role daybook_reader login");
        }
    }

    private static void ask(Socket socket, String path) throws IOException {
        socket.getOutputStream()
                .write(
                        ("GET "
                                        + path
                                        + " HTTP/1.1\r\nHost: x\r\nX-API-Key: "
                                        + ApiFixture.KEY
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads to the end, whether it is one or the connection is broken off. */
    private static String rest(Socket socket) throws IOException {
        StringBuilder said = new StringBuilder();
        byte[] part = new byte[1 << 16];
        try {
            for (int n = socket.getInputStream().read(part);
                    n >= 0;
                    n = socket.getInputStream().read(part)) {
                said.append(new String(part, 0, n, StandardCharsets.US_ASCII));
            }
        } catch (SocketException e) {
            // It was reset.
        }
        return said.toString();
    }

    private static List<ILoggingEvent> brokenOff(ListAppender<ILoggingEvent> lines) {
        return List.copyOf(lines.list).stream()
                .filter(line -> line.getFormattedMessage().contains("was broken off"))
                .toList();
    }

    @Test
    void manyListenersAreAllGivenWhatComes() throws Exception {
        // Given
        List<Socket> listeners = new ArrayList<>();
        try {
            for (int i = 0; i < LISTENERS; i++) {
                Socket socket = new Socket("127.0.0.1", api.port());
                socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(2));
                listeners.add(socket);
                ask(socket, "/api/v1/entries/stream");
                readUntil(socket, "event: complete");
            }

            // When: nobody has asked for this table's columns before, and all do now
            long begun = System.nanoTime();
            Instant later = BEGIN.plusSeconds(300_100);
            database.execute(
                    """
                    insert into audit.entry (id, committed_at, transaction_id, sequence, source,
                        table_name, operation, entity_key, after)
                    values ((lpad(to_hex((extract(epoch from ?::timestamptz) * 1000)::bigint), 12, '0')
                        || '80008000000000000001')::uuid, ?, 7, 1, 'shop', 'public.news', 'insert',
                        'last', '{"id":"last"}')
                    """,
                    later.atOffset(ZoneOffset.UTC),
                    later.atOffset(ZoneOffset.UTC));
            completeUntil(later.plusSeconds(1));

            // Then
            for (Socket socket : listeners) {
                readUntil(socket, "event: entry");
            }
            Runtime runtime = Runtime.getRuntime();
            System.out.printf(
                    "stream: %d listeners had an entry after %.1f s; %d MiB of heap in use, at most %d%n",
                    LISTENERS,
                    (System.nanoTime() - begun) / 1e9,
                    (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                    runtime.maxMemory() >> 20);
        } finally {
            for (Socket socket : listeners) {
                socket.close();
            }
        }
    }

    private static void readUntil(Socket socket, String text) throws IOException {
        StringBuilder said = new StringBuilder();
        byte[] part = new byte[4_096];
        long begun = System.nanoTime();
        while (said.indexOf(text) < 0) {
            // Heartbeats come for ever.
            assertThat(System.nanoTime() - begun)
                    .as("nanoseconds without %s: %s", text, said)
                    .isLessThan(TimeUnit.MINUTES.toNanos(3));
            int n = socket.getInputStream().read(part);
            assertThat(n).as("the stream ended: %s", said).isPositive();
            said.append(new String(part, 0, n, StandardCharsets.US_ASCII));
        }
    }
}
