package dev.daybook.ingest.jdbc;

import dev.daybook.contract.TableName;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads tables from PostgreSQL's catalog: the columns, and the primary key, else the index that is
 * the replica identity. What was read is believed for a minute, since a table may change; a table
 * that is not there, or a source that does not answer, is asked again after half of one.
 */
final class JdbcTableCatalog implements TableCatalog {

    private static final Logger log = LoggerFactory.getLogger(JdbcTableCatalog.class);

    private static final Duration KNOWN = Duration.ofMinutes(1);
    private static final Duration UNKNOWN = Duration.ofSeconds(30);

    /** One row for each column; its place in the key counted from 1, or 0. */
    private static final String COLUMNS =
            """
            select a.attname,
                   format_type(a.atttypid, a.atttypmod),
                   not a.attnotnull,
                   coalesce(array_position(k.indkey::int2[], a.attnum), -1)
              from pg_class c
              join pg_namespace n on n.oid = c.relnamespace
              join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              left join lateral (
                       select i.indkey
                         from pg_index i
                        where i.indrelid = c.oid and i.indisvalid and (i.indisprimary or i.indisreplident)
                        order by i.indisprimary desc
                        limit 1) k on true
             where n.nspname = ? and c.relname = ? and c.relkind in ('r', 'p')
             order by a.attnum\
            """;

    private final Map<String, ConnectionSource> sources;
    private final Clock clock;
    private final Map<Question, Answer> answers = new ConcurrentHashMap<>();

    JdbcTableCatalog(Map<String, ConnectionSource> sources, Clock clock) {
        this.sources = Map.copyOf(sources);
        this.clock = clock;
    }

    @Override
    public @Nullable TableDefinition definition(String source, TableName table) {
        ConnectionSource database = sources.get(source);
        if (database == null) {
            return null;
        }
        Question question = new Question(source, table);
        Answer answer = answers.get(question);
        if (answer == null || !clock.instant().isBefore(answer.until())) {
            answer = ask(database, question);
            answers.put(question, answer);
        }
        return answer.definition();
    }

    private Answer ask(ConnectionSource database, Question question) {
        TableDefinition definition = null;
        try (Connection connection = database.connect()) {
            definition = read(connection, question.table());
        } catch (SQLException e) {
            log.warn(
                    "The catalog of source {} could not be asked for {} ({}): check"
                            + " daybook.ingest.sources.{}.catalog.*.",
                    question.source(),
                    question.table(),
                    e.getMessage(),
                    question.source());
        }
        return new Answer(definition, clock.instant().plus(definition == null ? UNKNOWN : KNOWN));
    }

    private static @Nullable TableDefinition read(Connection connection, TableName table)
            throws SQLException {
        List<TableDefinition.Column> columns = new ArrayList<>();
        Map<Integer, String> key = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setQueryTimeout(5);
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = rows.getString(1);
                    columns.add(
                            new TableDefinition.Column(
                                    name, rows.getString(2), null, rows.getBoolean(3)));
                    // int2vector counts from 0.
                    int place = rows.getInt(4);
                    if (place >= 0) {
                        key.put(place, name);
                    }
                }
            }
        }
        return columns.isEmpty() ? null : new TableDefinition(columns, List.copyOf(key.values()));
    }

    /** Opens connections to one source. */
    interface ConnectionSource {
        Connection connect() throws SQLException;
    }

    private record Question(String source, TableName table) {}

    private record Answer(@Nullable TableDefinition definition, Instant until) {}
}
