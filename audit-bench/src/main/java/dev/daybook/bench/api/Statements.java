package dev.daybook.bench.api;

import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns from the server's log which SQL a request runs, and writes it as a script of pgbench's: so
 * that pgbench runs what the API runs, whatever that is.
 */
final class Statements {

    private static final Pattern EXECUTE =
            Pattern.compile("duration: [0-9.]+ ms  execute [^:]+: (.*)", Pattern.DOTALL);
    private static final Pattern PROCESS = Pattern.compile("\\[([0-9]+)\\]");
    private static final Pattern PARAMETERS =
            Pattern.compile("DETAIL:  [Pp]arameters: (.*)", Pattern.DOTALL);
    private static final Pattern PARAMETER = Pattern.compile("\\$([0-9]+) = (NULL|'(?:[^']|'')*')");
    private static final Pattern PLACE = Pattern.compile("\\$([0-9]+)");

    private final DatabaseUrl administrator;
    private final Path log;

    /**
     * @param log the file that the server writes
     */
    Statements(DatabaseUrl administrator, Path log) {
        this.administrator = administrator;
        this.log = log;
    }

    /**
     * Returns a script of the statements that a request runs.
     *
     * @param key the text that stands for the key in the request; {@code :key} in the script
     * @param choices from how many keys the script chooses
     */
    String script(Runnable request, String key, long choices)
            throws SQLException, IOException, InterruptedException {
        // The first few are planned for their parameters: let the server log a later one.
        for (int i = 0; i < 10; i++) {
            request.run();
        }
        List<String> statements = new ArrayList<>();
        try (Connection connection = administrator.connect("audit database");
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER SYSTEM SET log_min_duration_statement = 0");
            statement.execute("SELECT pg_reload_conf()");
            Thread.sleep(500);
            // What is asked once a second only, such as the columns' types, is remembered now.
            request.run();
            Thread.sleep(100);
            long begin = Files.size(log);
            request.run();
            Thread.sleep(300);
            statements.addAll(executed(since(begin), readers(statement), key));
            statement.execute("ALTER SYSTEM RESET log_min_duration_statement");
            statement.execute("SELECT pg_reload_conf()");
        }
        if (statements.isEmpty()) {
            throw new IllegalStateException("The server's log has no statement of the request.");
        }
        return "\\set key random(1, %d)%n".formatted(choices)
                + String.join(";\n", statements)
                + ";\n";
    }

    /** Returns the processes of the server that serve the API. */
    private static Set<String> readers(Statement statement) throws SQLException {
        Set<String> processes = new HashSet<>();
        try (ResultSet rows =
                statement.executeQuery(
                        "SELECT pid::text FROM pg_stat_activity WHERE usename = 'daybook_reader'")) {
            while (rows.next()) {
                processes.add(rows.getString(1));
            }
        }
        return processes;
    }

    private String since(long begin) throws IOException {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) (channel.size() - begin));
            while (bytes.hasRemaining() && channel.read(bytes, begin + bytes.position()) >= 0) {
                // Until all of it has been read.
            }
            return new String(bytes.array(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> executed(String lines, Set<String> processes, String key) {
        List<String> statements = new ArrayList<>();
        String sql = null;
        // A line that begins with a tab continues the one before.
        for (String record : lines.split("\n(?!\t)")) {
            String text = record.replace("\n\t", "\n");
            Matcher process = PROCESS.matcher(text);
            if (!process.find() || !processes.contains(process.group(1))) {
                continue;
            }
            Matcher execute = EXECUTE.matcher(text);
            Matcher parameters = PARAMETERS.matcher(text);
            if (execute.find()) {
                if (sql != null) {
                    statements.add(sql);
                }
                sql = asked(execute.group(1)) ? oneLine(execute.group(1)) : null;
            } else if (sql != null && parameters.find()) {
                statements.add(filledIn(sql, parameters.group(1), key));
                sql = null;
            }
        }
        if (sql != null) {
            statements.add(sql);
        }
        return statements;
    }

    /** Not what the pool, the record of reads and the sealer ask meanwhile. */
    private static boolean asked(String sql) {
        return !sql.contains("audit.record_reads")
                && (sql.contains("audit.entry")
                        || sql.contains("audit.transaction")
                        || sql.contains("audit.completeness"));
    }

    private static String oneLine(String sql) {
        return sql.replaceAll("--[^\n]*\n", " ").replaceAll("\\s+", " ").strip();
    }

    private static String filledIn(String sql, String parameters, String key) {
        Map<String, String> values = new HashMap<>();
        PARAMETER
                .matcher(parameters)
                .results()
                .forEach(found -> values.put(found.group(1), found.group(2)));
        return PLACE.matcher(sql)
                .replaceAll(
                        found ->
                                Matcher.quoteReplacement(
                                        place(values.get(found.group(1)), found, key)));
    }

    private static String place(@Nullable String value, MatchResult found, String key) {
        if (value == null) {
            return found.group();
        }
        String text = value.length() > 1 ? value.substring(1, value.length() - 1) : value;
        return text.equals(key) ? ":key" : value;
    }
}
