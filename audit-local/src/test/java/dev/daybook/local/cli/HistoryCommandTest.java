package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.daybook.local.pipeline.DataDirectory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Holds {@code history} to pages as an API may send them. */
class HistoryCommandTest {

    @TempDir Path directory;

    private final List<String> asked = new ArrayList<>();
    private final List<String> pages = new ArrayList<>();
    private final List<String> paths = new ArrayList<>();
    private String gaps = "";
    private int status = 200;
    private HttpServer api;

    @BeforeEach
    void startApi() throws IOException {
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext(
                "/api/v1/",
                exchange -> {
                    byte[] page;
                    if (exchange.getRequestURI().getRawPath().endsWith("/coverage")) {
                        page = ("{\"gaps\":[" + gaps + "]}").getBytes(StandardCharsets.UTF_8);
                    } else {
                        asked.add(exchange.getRequestURI().getRawQuery());
                        page = pages.removeFirst().getBytes(StandardCharsets.UTF_8);
                        paths.add(exchange.getRequestURI().getRawPath());
                    }
                    exchange.sendResponseHeaders(status, page.length);
                    exchange.getResponseBody().write(page);
                    exchange.close();
                });
        api.start();
        String base = "http://127.0.0.1:" + api.getAddress().getPort();
        Files.writeString(
                new DataDirectory(directory).connection(),
                JsonMapper.builder()
                        .build()
                        .writeValueAsString(Map.of("api", base + "/api/v1", "api_key", "k")));
    }

    @AfterEach
    void stopApi() {
        api.stop(0);
    }

    @Test
    void everyDigitIsShown() {
        String long1000 = "9".repeat(1500) + ".10";
        pages.add(
                page(
                        null,
                        entry("{\"field\":\"n\",\"from\":7.50,\"to\":0.00000000000000000001}"),
                        entry("{\"field\":\"n\",\"from\":-0,\"to\":" + long1000 + "}")));

        Answer answer = history();

        assertThat(answer.text())
                .contains("7.50 -> 0.00000000000000000001", "-0 -> " + long1000 + "\n");
        assertThat(answer.code()).isZero();
    }

    @Test
    void whatMayBeMissingIsSaidOfTheTableAndItsSource() {
        gaps =
                gap("shop", "public.t", "2026-11-01T00:00:00Z", null, "It has no key.")
                        + ","
                        + gap("shop", null, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", "Lost.")
                        + ","
                        + gap("shop", "public.other", null, null, "Of another table.")
                        + ","
                        + gap("vault", null, null, null, "Of another source.");
        String entry = entry("{\"field\":\"n\",\"from\":1,\"to\":2}");
        pages.add(page(null, entry));
        pages.add(page(null, entry));
        pages.add(page(null));

        assertThat(history("--source", "shop").text())
                .contains(
                        "Changes may be missing from 2026-11-01T00:00:00Z on:\n    It has no key.",
                        "from 2026-11-02T00:00:00Z to 2026-11-03T00:00:00Z:\n    Lost.")
                .doesNotContain("another");
        assertThat(history("--source", "shop", "--from", "2026-11-04").text())
                .contains("It has no key.")
                .doesNotContain("Lost.");
        assertThat(history("--source", "shop", "--to", "2026-11-01T01:00:00+01:00").text())
                .contains("No entry for")
                .doesNotContain("missing");
    }

    @Test
    void aTimeThatIsNoneIsToldHowItIsWritten() {
        assertThat(history("--from", "yesterday").error())
                .contains("\"yesterday\" is no time: write a day");
    }

    @Test
    void aRowThatWasReadIsShownWithItsValues() {
        pages.add(
                page(
                        null,
                        "{\"operation\":\"snapshot\",\"committed_at\":\"2026-11-01T00:00:00Z\",\"changes\":[],"
                                + "\"after\":{\"id\":2,\"price\":2.50}}"));

        assertThat(history().text())
                .contains("(the row as it was read)", "price            2.50")
                .doesNotContain("nobody");
    }

    @Test
    void jsonIsOneEntryALineAsItWasSent() {
        String entry = entry("{\"field\":\"n\",\"from\":7.50,\"to\":1.0E+2}");
        pages.add(page("c1", entry));
        pages.add(page(null, entry));

        assertThat(history("--json").text()).isEqualTo(entry + "\n" + entry + "\n");
    }

    @Test
    void emptyPagesAreFollowedToTheEnd() {
        pages.add(page("c1"));
        pages.add(page("c2"));
        pages.add(page(null, entry("{\"field\":\"rare\",\"from\":\"a\",\"to\":\"b\"}")));

        Answer answer = history("--field", "rare", "--source", "shop");

        assertThat(answer.text()).contains("\"a\" -> \"b\"").doesNotContain("There is more");
        assertThat(asked).allMatch(query -> query.contains("field=rare&source=shop"));
        assertThat(asked.getLast()).contains("cursor=c2");
    }

    @Test
    void noEntryIsSaidWhenTheLastPageHasBeenRead() {
        pages.add(page("c1"));
        pages.add(page(null));

        Answer answer = history();

        assertThat(answer.text()).contains("No entry for public.t 1.");
        assertThat(answer.code()).isEqualTo(1);
    }

    @Test
    void moreThanAPageIsAskedForInPages() {
        pages.add(page("c1", entries(500)));
        pages.add(page("c2", entries(500)));
        pages.add(page("c3", entries(1)));

        Answer answer = history("--limit", "1000");

        assertThat(answer.text().lines().filter(line -> line.contains("update"))).hasSize(1000);
        assertThat(answer.text()).endsWith("There is more: --limit 5000\n");
        assertThat(asked).allMatch(query -> query.matches("limit=(500|[0-9]{1,2})\\b.*"));
    }

    @Test
    void noMoreIsSaidWhereThereIsNone() {
        pages.add(page("c1", entries(2)));
        pages.add(page(null));

        assertThat(history("--limit", "2").text()).doesNotContain("There is more");
    }

    @Test
    void aLimitThatMakesNoSenseIsRefused() {
        Answer answer = history("--limit", "0");

        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.error())
                .isEqualTo("daybook: --limit 0 is less than 1. Give 1 or more.\n");
    }

    @Test
    void whatActorAndReasonHoldStaysInTheirLine() {
        pages.add(
                page(
                        null,
                        "{\"committed_at\":\"2026-01-02T00:00:00Z\",\"operation\":\"update\",\"actor\":"
                                + "{\"id\":\"a\\u001b[2K\\rb\"},\"reason\":\"x\\n2026-01-01 forged \\u202e\","
                                + "\"changes\":[{\"field\":\"f\\u0007\",\"from\":\"\u0085\",\"to\":\"\u2028\"}]}"));

        String text = history().text();

        assertThat(text.codePoints().filter(c -> c != '\n'))
                .noneMatch(
                        c ->
                                Character.isISOControl(c)
                                        || Character.getType(c) == Character.FORMAT
                                        || c == 0x2028);
        assertThat(text.lines()).noneMatch(line -> line.startsWith("2026-01-01"));
    }

    @Test
    void withoutAKeyItIsTheHistoryOfTheTable() {
        pages.add(
                page(
                        null,
                        "{\"committed_at\":\"2026-01-01T00:00:00Z\",\"operation\":\"table-change\",\"actor\":"
                                + "{\"id\":\"anna\"},\"changes\":[],\"table_change\":{\"change\":\"rename-table\","
                                + "\"from\":\"public.s\",\"to\":null,\"columns\":[{\"change\":\"renamed\",\"name\":\"b\","
                                + "\"from_name\":\"a\",\"type\":\"text\",\"from_type\":null}],\"from_key\":[\"id\"],"
                                + "\"to_key\":[\"b\"],\"partition\":null,\"control\":{}}}"));

        Answer answer = run("history", "t", "--data-dir", directory.toString());

        assertThat(paths).containsExactly("/api/v1/tables/public.t/history");
        assertThat(answer.text())
                .contains("rename-table", "from: public.s", "renamed   a -> b (text)")
                .contains("key: [\"id\"] -> [\"b\"]");
        assertThat(run("history", "t", "--field", "x", "--data-dir", directory.toString()).error())
                .contains("no key is given");
    }

    @Test
    void aRowThatTwoSourcesHaveIsAskedForWithAnOption() {
        status = 400;
        pages.add(
                "{\"type\":\"urn:daybook:problem:ambiguous-source\",\"detail\":\"public.t with key 1 is in the"
                        + " log for the sources other, shop: name one with the parameter"
                        + " \\\"source\\\".\"}");

        assertThat(history().error())
                .contains("in the log for the sources other, shop: name one with --source.");
    }

    private static String[] entries(int count) {
        return IntStream.range(0, count).mapToObj(i -> entry("")).toArray(String[]::new);
    }

    private static String entry(String change) {
        return "{\"committed_at\":\"2026-01-01T00:00:00Z\",\"operation\":\"update\",\"actor\":{\"id\":"
                + "null},\"changes\":["
                + change
                + "]}";
    }

    private static String page(String cursor, String... entries) {
        return "{\"data\":["
                + java.util.Arrays.stream(entries).collect(Collectors.joining(","))
                + "],\"next_cursor\":"
                + (cursor == null ? "null" : "\"" + cursor + "\"")
                + "}";
    }

    private record Answer(int code, String text, String error) {}

    private Answer history(String... options) {
        List<String> words = new ArrayList<>(List.of("history", "t", "1"));
        words.addAll(List.of("--data-dir", directory.toString()));
        words.addAll(List.of(options));
        return run(words.toArray(String[]::new));
    }

    private static Answer run(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Daybook.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true));
        int code = command.execute(words);
        return new Answer(code, out.toString(), err.toString());
    }

    private static String gap(String source, String table, String from, String until, String why) {
        return "{\"source\":%s,\"table\":%s,\"from\":%s,\"until\":%s,\"detail\":%s}"
                .formatted(quoted(source), quoted(table), quoted(from), quoted(until), quoted(why));
    }

    private static String quoted(String text) {
        return text == null ? "null" : '"' + text + '"';
    }
}
