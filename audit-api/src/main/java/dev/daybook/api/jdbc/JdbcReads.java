package dev.daybook.api.jdbc;

import dev.daybook.api.query.Reads;
import dev.daybook.domain.history.Keyset;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Keeps reads in the audit database, by a function: the API's role may add to them and no more. */
@Component
class JdbcReads implements Reads {

    private final JdbcClient jdbc;

    JdbcReads(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void store(List<Read> reads) {
        jdbc.sql(
                        """
                        select 1 from audit.record_reads(:ids::text[]::uuid[],
                            :ats::text[]::timestamptz[], :credentials::text[], :callers::text[],
                            :kinds::text[], :questions::text[], :items::text[]::bigint[])
                        """)
                .param("ids", texts(reads, read -> read.id().toString()))
                .param("ats", texts(reads, read -> read.at().toString()))
                .param("credentials", texts(reads, Read::credential))
                .param("callers", texts(reads, Read::caller))
                .param("kinds", texts(reads, Read::kind))
                .param("questions", texts(reads, Read::question))
                .param("items", texts(reads, read -> Long.toString(read.items())))
                .query((row, number) -> 0)
                .list();
    }

    private static String[] texts(List<Read> reads, Function<Read, String> text) {
        return Conditions.texts(reads, text);
    }

    @Override
    public List<Read> list(@Nullable String caller, @Nullable Keyset olderThan, int limit) {
        Conditions where = new Conditions();
        where.add("left(caller, 200) = left(:caller, 200) and caller = :caller", "caller", caller);
        if (olderThan != null) {
            where.add("(read_at, id) < (:at, :id)", "at", JdbcAuditTrail.utc(olderThan.at()));
            where.parameter("id", olderThan.id());
        }
        where.parameter("limit", limit);
        return jdbc.sql(
                        """
                        select * from audit.read %s order by read_at desc, id desc limit :limit
                        """
                                .formatted(where.clause()))
                .params(where.parameters())
                .query(
                        (row, number) ->
                                new Read(
                                        row.getObject("id", UUID.class),
                                        EntryRows.instant(row, "read_at"),
                                        row.getString("credential"),
                                        row.getString("caller"),
                                        row.getString("kind"),
                                        row.getString("question"),
                                        row.getLong("items")))
                .list();
    }
}
