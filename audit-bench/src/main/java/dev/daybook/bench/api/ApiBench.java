package dev.daybook.bench.api;

import dev.daybook.bench.jvm.WarmUp;
import dev.daybook.local.Logs;
import dev.daybook.local.Progress;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures the REST interface: {@code ./daybook bench api}. */
@Command(
        name = "api",
        description = {
            "Measures the REST interface on a log of its own, beside pgbench, which runs the same SQL on",
            "the same data over as many connections: how often a row's history, its state, a search and a",
            "transaction are answered, how long they take at half of that, a deep page beside the first,",
            "and a row's history beside sixteen slow searches; the viewer's pages, exports and a stream."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class ApiBench implements Callable<Integer> {

    private static final int SLOW_SEARCHES = 16;
    private static final int PAGES = 100;

    /** Searches that find little or nothing, and so read as much as a page may. */
    private static final List<String> SEARCHES =
            List.of(
                    "/entries?unattributed=true",
                    "/entries?field=customer&operation=update",
                    "/entries?table=" + ApiLog.TABLE + "&field=status&actor=user-7",
                    "/entries?operation=delete",
                    "/entries?login_role=app&operation=truncate",
                    "/entries/counts?facet=actor&facet=field",
                    "/entries/volume?step=24h");

    private static final Pattern NEXT = Pattern.compile("\"next_cursor\":\"([^\"]+)\"");

    @Option(
            names = "--entries",
            defaultValue = "1000000",
            description =
                    "Entries in the log (default: ${DEFAULT-VALUE}); one that is asked again has its own.")
    private long entries = 1_000_000;

    @Option(
            names = "--seconds",
            defaultValue = "20",
            description = "How long each is measured (default: ${DEFAULT-VALUE}).")
    private int seconds = 20;

    @Option(
            names = "--connections",
            defaultValue = "4",
            description =
                    "From how many connections it is asked, and pgbench asks: as many as the API has"
                            + " for rows (default: ${DEFAULT-VALUE}).")
    private int connections = 4;

    @Option(
            names = "--data-dir",
            paramLabel = "D",
            description =
                    "A directory to work in: a new one, or one with the log of an earlier run, which is"
                            + " asked again (default: a temporary one, removed afterwards).")
    private @Nullable Path dataDirectory;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Where the figures are written (default: ${DEFAULT-VALUE}).")
    private Path json = Path.of("bench-api.json");

    /** Each figure is printed when it is measured: what comes last reads the whole log. */
    private final Progress figure = System.out::println;

    private final Map<String, Object> figures = new LinkedHashMap<>();

    private ApiBench() {}

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        if (entries < 1_000) {
            throw new UserError("--entries is " + entries + ".", "Give it 1000 or more.");
        }
        Path directory =
                dataDirectory == null ? Files.createTempDirectory("daybook-bench") : dataDirectory;
        Path filled = directory.resolve("bench-entries");
        boolean again = Files.exists(filled) && Files.exists(directory.resolve("audit"));
        if (again) {
            entries = Long.parseLong(Files.readString(filled).strip());
        } else if (Files.exists(directory.resolve("audit"))) {
            throw new UserError(
                    directory + " holds a pipeline's data already.",
                    "Give --data-dir a new directory.");
        }
        Logs.writeTo(directory.resolve("logs"));
        // One key asks all the time.
        System.setProperty("daybook.api.requests-per-minute", "0");
        Progress progress = line -> System.err.println("  " + line);
        try (LocalPipeline pipeline =
                LocalPipeline.start(
                        new LocalSettings(directory, 0, null, "bench.*", false), progress)) {
            ApiLog log = new ApiLog(entries);
            if (!again) {
                log.fill(pipeline.auditAdministrator(), progress);
                Files.writeString(filled, entries + "\n");
            }
            measure(pipeline, new DataDirectory(directory), log, progress);
        } finally {
            if (dataDirectory == null) {
                FileSystemUtils.deleteRecursively(directory);
            }
        }
        figures.put("log_entries", entries);
        figures.put("connections", connections);
        Files.writeString(
                json,
                JsonMapper.builder()
                                .build()
                                .writerWithDefaultPrettyPrinter()
                                .writeValueAsString(figures)
                        + "\n");
        System.err.println("Figures written to " + json);
        return 0;
    }

    private void measure(
            LocalPipeline pipeline, DataDirectory directory, ApiLog log, Progress progress)
            throws IOException, SQLException, InterruptedException {
        Client client = new Client(pipeline.connection(), connections);
        try (HttpConnection asking = client.connect()) {
            measure(pipeline, directory, log, progress, client, asking);
        }
    }

    private void measure(
            LocalPipeline pipeline,
            DataDirectory directory,
            ApiLog log,
            Progress progress,
            Client client,
            HttpConnection asking)
            throws IOException, SQLException, InterruptedException {
        ConnectionInfo connection = pipeline.connection();
        Statements statements =
                new Statements(
                        pipeline.auditAdministrator(), directory.logs().resolve("audit.log"));
        Pgbench pgbench =
                new Pgbench(
                        DatabaseUrl.parse(connection.auditUrl(), Map.of()),
                        directory.root(),
                        connections);
        figure.say(
                String.format(
                        Locale.ROOT,
                        "%,d entries, %d connections; at half load timed from the intended start",
                        entries,
                        connections));
        figure.say(
                "                   API /s  pgbench /s  share    API p50  p99 ms   pgbench p50  p99 ms"
                        + "    CPU us: API  its SQL  pgbench's SQL");
        double historyRate = 0;
        for (Operation operation : operations(log)) {
            progress.say("Measuring " + operation.name());
            String script =
                    statements.script(
                            () -> asking.get(operation.path().apply(7)), "7", operation.choices());
            WarmUp.run(turn -> client.closedLoop(operation, Math.max(5, seconds)), progress);
            Measured api = client.closedLoop(operation, seconds);
            Measured sql = pgbench.run(script, seconds, 0);
            Measured apiHalf = client.openLoop(operation, api.perSecond() / 2, seconds);
            Measured sqlHalf = pgbench.run(script, seconds, sql.perSecond() / 2);
            add(operation.name(), api, sql, apiHalf, sqlHalf);
            if (operation.name().equals("history")) {
                historyRate = api.perSecond() / 2;
            }
        }
        progress.say("Measuring the viewer's pages");
        pages(client, log);
        progress.say("Measuring a deep page");
        deepPage(client, asking);
        progress.say("Measuring slow searches");
        slowSearches(asking);
        progress.say("Measuring beside slow searches");
        besideSearches(client, operations(log).getFirst(), historyRate);
        progress.say("Measuring exports and a stream");
        new WholeAnswers(connection, figure, figures).measure();
    }

    private static List<Operation> operations(ApiLog log) {
        String row = "/entities/" + ApiLog.TABLE + "/";
        return List.of(
                new Operation("history", log.rows() - 1, key -> row + key + "/history"),
                new Operation("state", log.rows() - 1, key -> row + key + "/state"),
                new Operation(
                        "search",
                        log.rows() - 1,
                        key -> "/entries?table=" + ApiLog.TABLE + "&key=" + key),
                new Operation(
                        "transaction",
                        log.transactions(),
                        key -> "/transactions/" + ApiLog.SOURCE + "/" + key));
    }

    /** Asks for the viewer's pages as often as the connections can. */
    private void pages(Client client, ApiLog log) throws InterruptedException {
        String row = "/view/rows/" + ApiLog.SOURCE + "/" + ApiLog.TABLE + "/";
        for (Operation page :
                List.of(
                        new Operation("home", 1, key -> "/view"),
                        new Operation(
                                "search",
                                log.rows() - 1,
                                key -> "/view/search?table=" + ApiLog.TABLE + "&key=" + key),
                        new Operation("timeline", log.rows() - 1, key -> row + key))) {
            client.closedLoop(page, Math.max(1, seconds / 2));
            Measured measured = client.closedLoop(page, Math.max(1, seconds / 2));
            figure.say(
                    String.format(
                            Locale.ROOT,
                            "page %-9s  %,9.0f /s, p50 %.1f ms, p99 %.1f ms, CPU us: API %.0f, its SQL %.0f",
                            page.name(),
                            measured.perSecond(),
                            measured.millis(50),
                            measured.millis(99),
                            measured.processMicros(),
                            measured.postgresMicros()));
            figures.put("page_" + page.name() + "_per_second", measured.perSecond());
        }
    }

    private void add(String name, Measured api, Measured sql, Measured apiHalf, Measured sqlHalf) {
        figure.say(
                String.format(
                        Locale.ROOT,
                        "%-14s  %,9.0f   %,9.0f  %4.0f %%   %8.2f %7.2f      %8.2f %7.2f       %9.0f  %7.0f        %7.0f",
                        name,
                        api.perSecond(),
                        sql.perSecond(),
                        100 * api.perSecond() / sql.perSecond(),
                        apiHalf.millis(50),
                        apiHalf.millis(99),
                        sqlHalf.millis(50),
                        sqlHalf.millis(99),
                        api.processMicros(),
                        api.postgresMicros(),
                        sql.postgresMicros()));
        Map<String, Object> figure = new LinkedHashMap<>();
        figure.put("api_per_second", api.perSecond());
        figure.put("pgbench_per_second", sql.perSecond());
        figure.put("api_cpu_us", api.processMicros());
        figure.put("api_postgres_cpu_us", api.postgresMicros());
        figure.put("pgbench_postgres_cpu_us", sql.postgresMicros());
        figure.put("api_half_load_p50_ms", apiHalf.millis(50));
        figure.put("api_half_load_p99_ms", apiHalf.millis(99));
        figure.put("pgbench_half_load_p50_ms", sqlHalf.millis(50));
        figure.put("pgbench_half_load_p99_ms", sqlHalf.millis(99));
        figures.put(name, figure);
    }

    /** The hundredth page of a row that changes all the time, beside its first. */
    private void deepPage(Client client, HttpConnection asking) throws InterruptedException {
        String path = "/entities/" + ApiLog.TABLE + "/" + ApiLog.HOT + "/history";
        String cursor = "";
        for (int page = 1; page < PAGES; page++) {
            Matcher next = NEXT.matcher(asking.get(path + cursor));
            if (!next.find()) {
                throw new IllegalStateException("The history ends at page " + page);
            }
            cursor = "?cursor=" + next.group(1);
        }
        String deep = path + cursor;
        Operation first = new Operation("first page", 1, key -> path);
        Operation last = new Operation("deep page", 1, key -> deep);
        client.closedLoop(last, seconds / 2);
        double firstRate = 0;
        double deepRate = 0;
        // In turns, so that what the machine does meanwhile is shared.
        for (int turn = 0; turn < 4; turn++) {
            firstRate += client.closedLoop(first, Math.max(1, seconds / 4)).perSecond();
            deepRate += client.closedLoop(last, Math.max(1, seconds / 4)).perSecond();
        }
        figure.say(
                String.format(
                        Locale.ROOT,
                        "page %d of a history beside the first: %.2f of its rate",
                        PAGES,
                        deepRate / firstRate));
        figures.put("deep_page_share", deepRate / firstRate);
    }

    /** Asks each slow search for its first pages, and says how long the slowest took. */
    private void slowSearches(HttpConnection asking) {
        double slowest = 0;
        for (String search : SEARCHES) {
            String cursor = "";
            double longest = 0;
            for (int page = 0; page < 5 && cursor != null; page++) {
                long begin = System.nanoTime();
                Matcher next = NEXT.matcher(asking.get(search + cursor));
                longest = Math.max(longest, (System.nanoTime() - begin) / 1e6);
                cursor = next.find() ? "&cursor=" + next.group(1) : null;
            }
            figure.say(String.format(Locale.ROOT, "slowest page of %s: %.0f ms", search, longest));
            slowest = Math.max(slowest, longest);
        }
        figures.put("slowest_search_page_ms", slowest);
    }

    private void besideSearches(Client client, Operation history, double rate)
            throws InterruptedException {
        double modest = Math.min(rate, 200);
        Measured alone = client.openLoop(history, modest, seconds);
        AtomicBoolean over = new AtomicBoolean();
        Measured beside;
        try (ExecutorService searchers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < SLOW_SEARCHES; i++) {
                searchers.execute(
                        () -> {
                            try (HttpConnection searching = client.connect()) {
                                for (int turn = 0; !over.get(); turn++) {
                                    searching.ask(SEARCHES.get(turn % SEARCHES.size()));
                                }
                            }
                        });
            }
            Thread.sleep(1_000);
            beside = client.openLoop(history, modest, seconds);
            over.set(true);
        }
        figure.say(
                String.format(
                        Locale.ROOT,
                        "history at %.0f/s: p99 %.2f ms alone, %.2f ms beside %d slow searches (%.1f)",
                        modest,
                        alone.millis(99),
                        beside.millis(99),
                        SLOW_SEARCHES,
                        beside.millis(99) / alone.millis(99)));
        figures.put("history_p99_ms_alone", alone.millis(99));
        figures.put("history_p99_ms_beside_searches", beside.millis(99));
    }
}
