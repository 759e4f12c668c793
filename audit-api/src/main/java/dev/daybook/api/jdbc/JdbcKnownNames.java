package dev.daybook.api.jdbc;

import dev.daybook.api.query.KnownNames;
import dev.daybook.contract.TableName;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

/**
 * Looks names up in the audit database: where an index has them there, else by a search that is
 * given up after a second. A name that is then still open counts as known, since no answer must
 * deny what may be there.
 */
@Component
class JdbcKnownNames implements KnownNames {

    private static final int SECONDS = 1;
    private static final int SAMPLE = 200;

    /** Steps from one value of an index's first column to the next. */
    private static final String DISTINCT =
            """
            with recursive found (name) as (
                select min(%1$s) from %2$s
                union all
                select (select min(t.%1$s) from %2$s t where t.%1$s > found.name)
                from found where found.name is not null
            )
            select name from found where name is not null limit :limit
            """;

    private final JdbcClient jdbc;

    JdbcKnownNames(DataSource database) {
        JdbcTemplate bounded = new CancellableTemplate(database);
        bounded.setQueryTimeout(SECONDS);
        this.jdbc = JdbcClient.create(bounded);
    }

    @Override
    public List<String> sources() {
        List<String> sources =
                new ArrayList<>(
                        jdbc.sql("select distinct source from audit.watermark")
                                .query(String.class)
                                .list());
        jdbc.sql(DISTINCT.formatted("source", "audit.transaction"))
                .param("limit", 1_000)
                .query(String.class)
                .list()
                .forEach(sources::add);
        jdbc.sql(
                        """
                        select distinct source from (select source from audit.entry
                            order by committed_at desc, id desc limit 1000) e
                        """)
                .query(String.class)
                .list()
                .forEach(sources::add);
        return sources.stream().distinct().sorted().toList();
    }

    @Override
    public boolean hasSource(String source) {
        return there("select from audit.watermark where source = :name", source)
                || there("select from audit.transaction where source = :name", source)
                || there("select from audit.entry where source = :name", source)
                || there("select from audit.rejected where source = :name", source);
    }

    @Override
    public List<TableName> tables(int limit) {
        return jdbc
                .sql(DISTINCT.formatted("table_name", "audit.entry"))
                .param("limit", limit)
                .query(String.class)
                .list()
                .stream()
                .map(TableName::parse)
                .toList();
    }

    @Override
    public boolean hasTable(TableName table) {
        return there("select from audit.entry where table_name = :name", table.toString());
    }

    @Override
    public List<String> columns(TableName table) {
        return jdbc.sql(
                        """
                        with sampled as (
                            (select before, after, unknown_columns from audit.entry
                             where table_name = :table and operation <> 'table-change'
                             order by committed_at desc, id desc limit :sample)
                            union all
                            (select before, after, unknown_columns from audit.entry
                             where table_name = :table and operation <> 'table-change'
                             order by committed_at, id limit :sample)
                        )
                        select distinct name collate "C" as name from sampled cross join lateral (
                            select json_object_keys(audit.readable(before)) as name
                            union all select json_object_keys(audit.readable(after))
                            union all select unnest(unknown_columns)) names
                        order by name
                        """)
                .param("table", table.toString())
                .param("sample", SAMPLE)
                .query(String.class)
                .list();
    }

    @Override
    public boolean hasColumn(TableName table, String column) {
        if (columns(table).contains(column)) {
            return true;
        }
        return found(
                jdbc.sql(
                                """
                                select exists (select from audit.entry where table_name = :table
                                    and operation <> 'table-change' and ((audit.readable(after) -> :column) is not null
                                        or (audit.readable(before) -> :column) is not null
                                        or :column = any (unknown_columns)))
                                """)
                        .param("table", table.toString())
                        .param("column", column));
    }

    @Override
    public boolean hasCode(String code) {
        return there("select from audit.rejected where code = :name", code);
    }

    @Override
    public boolean hasRejectedTable(String table) {
        return there("select from audit.rejected where table_name = :name", table);
    }

    private boolean there(String rows, String name) {
        return found(jdbc.sql("select exists (" + rows + ")").param("name", name));
    }

    private static boolean found(JdbcClient.StatementSpec exists) {
        try {
            return exists.query(Boolean.class).single();
        } catch (QueryTimeoutException e) {
            return true;
        }
    }
}
