package dev.daybook.api.jdbc;

import dev.daybook.contract.EntryId;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.ActorSeen;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryPosition;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.GapQuery;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.Neighbours;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.domain.history.RowPlace;
import dev.daybook.domain.history.RowRef;
import dev.daybook.domain.history.SourceTransaction;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The audit log in PostgreSQL. Every statement is prepared, bounded, and served by an index. */
@Component
class JdbcAuditTrail implements AuditTrail {

    /**
     * What can belong to a row's history. Three branches, because each has an index of its own;
     * each is cut to the limit before they are merged. {@code %s} is the bound on the place.
     */
    private static final String ROW_ENTRIES =
            """
            (select * from audit.entry
             where table_name = :table and left(entity_key, 200) = left(:key, 200)
                 and entity_key = :key and source = :source %1$s
             order by committed_at desc, sequence desc, id desc limit :limit)
            union all
            (select * from audit.entry
             where table_name = :table and left(old_entity_key, 200) = left(:key, 200)
                 and old_entity_key = :key and old_entity_key is not null and source = :source %1$s
                 and entity_key is distinct from old_entity_key
             order by committed_at desc, sequence desc, id desc limit :limit)
            union all
            (select * from audit.entry
             where table_name = :table and operation in ('truncate', 'table-change')
                 and source = :source and entity_key is null %1$s
             order by committed_at desc, sequence desc, id desc limit :limit)
            order by committed_at desc, sequence desc, id desc limit :limit
            """;

    private static final String OLDER =
            "and committed_at <= :at and (committed_at, sequence, id) < (:at, :sequence, :id)";

    private static final String OF_ROW = ofRow("");
    private static final String OF_ROW_OLDER = ofRow(OLDER);
    private static final String EARLIER =
            "select %s from (%s) e order by committed_at desc, sequence desc, id desc"
                    .formatted(EntryRows.COLUMNS, ROW_ENTRIES.formatted(OLDER));

    /** The same for several places, whose parts are arrays of texts. */
    private static final String EARLIER_EACH =
            """
            select p.n, %s
            from unnest(:sources::text[], :tables::text[], :keys::text[],
                :ats::text[]::timestamptz[], :sequences::text[]::bigint[], :ids::text[]::uuid[])
                with ordinality as p (source, table_name, key, at, sequence, id, n)
            cross join lateral (%s) e
            order by p.n, e.committed_at desc, e.sequence desc, e.id desc
            """
                    .formatted(
                            EntryRows.COLUMNS,
                            ROW_ENTRIES
                                    .formatted(OLDER)
                                    .replace(":table", "p.table_name")
                                    .replace(":key", "p.key")
                                    .replace(":source", "p.source")
                                    .replace(":at", "p.at")
                                    .replace(":sequence", "p.sequence")
                                    .replace(":id", "p.id"));

    /**
     * Whether there were gaps.
     *
     * @param askedAt by {@link System#nanoTime()}
     */
    private record HadGaps(boolean any, long askedAt) {}

    private final JdbcClient jdbc;
    private volatile @Nullable HadGaps hadGaps;

    JdbcAuditTrail(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private static String ofRow(String bound) {
        return "select %s, %s from (%s) e %s order by e.committed_at desc, e.sequence desc, e.id desc"
                .formatted(
                        EntryRows.COLUMNS,
                        EntryRows.CONTEXT_COLUMNS,
                        ROW_ENTRIES.formatted(bound),
                        EntryRows.CONTEXT_JOIN);
    }

    @Override
    public List<String> sourcesOf(TableName table, EntityKey key) {
        return jdbc.sql(
                        """
                        select distinct source from audit.entry
                        where table_name = :table and left(entity_key, 200) = left(:key, 200)
                            and entity_key = :key
                        union
                        select distinct source from audit.entry
                        where table_name = :table and left(old_entity_key, 200) = left(:key, 200)
                            and old_entity_key = :key and old_entity_key is not null
                        order by source
                        """)
                .param("table", table.toString())
                .param("key", key.text())
                .query(String.class)
                .list();
    }

    @Override
    public List<String> sourcesOf(TableName table) {
        return jdbc.sql(
                        """
                        select distinct source from audit.entry
                        where table_name = :table and operation in ('truncate', 'table-change')
                        order by source
                        """)
                .param("table", table.toString())
                .query(String.class)
                .list();
    }

    @Override
    public Set<String> sourcesOf(Set<TableName> tables) {
        return jdbc.sql(
                        """
                        select found.source from unnest(:tables::text[]) as n (name)
                        cross join lateral (
                            select source from audit.entry
                            where table_name = n.name and operation in ('truncate', 'table-change')
                            union
                            (select source from audit.entry where table_name = n.name
                             order by committed_at desc, id desc limit 1)) found
                        """)
                .param("tables", Conditions.texts(tables, TableName::toString))
                .query(String.class)
                .set();
    }

    @Override
    public List<RecordedEntry> ofTable(
            String source, TableName table, @Nullable EntryPosition olderThan, int limit) {
        return ofTable("'truncate', 'table-change'", source, table, olderThan, limit);
    }

    @Override
    public List<RecordedEntry> changesOf(String source, TableName table, int limit) {
        return ofTable("'table-change'", source, table, null, limit);
    }

    private List<RecordedEntry> ofTable(
            String operations,
            String source,
            TableName table,
            @Nullable EntryPosition olderThan,
            int limit) {
        JdbcClient.StatementSpec statement =
                jdbc.sql(
                                """
                                select %s, %s from (
                                    select * from audit.entry
                                    where table_name = :table
                                        and operation in (%s)
                                        and source = :source %s
                                    order by committed_at desc, sequence desc, id desc limit :limit
                                ) e %s
                                order by e.committed_at desc, e.sequence desc, e.id desc
                                """
                                        .formatted(
                                                EntryRows.COLUMNS,
                                                EntryRows.CONTEXT_COLUMNS,
                                                operations,
                                                olderThan == null ? "" : OLDER,
                                                EntryRows.CONTEXT_JOIN))
                        .param("table", table.toString())
                        .param("source", source)
                        .param("limit", limit);
        return at(statement, olderThan).query(EntryRows::recorded).list();
    }

    @Override
    public List<RecordedEntry> ofRow(RowRef row, @Nullable EntryPosition olderThan, int limit) {
        return bind(jdbc.sql(olderThan == null ? OF_ROW : OF_ROW_OLDER), row, olderThan, limit)
                .query(EntryRows::recorded)
                .list();
    }

    @Override
    public List<AuditEntry> earlier(RowRef row, EntryPosition olderThan, int limit) {
        return bind(jdbc.sql(EARLIER), row, olderThan, limit).query(EntryRows::entry).list();
    }

    private static JdbcClient.StatementSpec bind(
            JdbcClient.StatementSpec statement,
            RowRef row,
            @Nullable EntryPosition olderThan,
            int limit) {
        return at(
                statement
                        .param("table", row.table().toString())
                        .param("key", row.key().text())
                        .param("source", row.source())
                        .param("limit", limit),
                olderThan);
    }

    private static JdbcClient.StatementSpec at(
            JdbcClient.StatementSpec statement, @Nullable EntryPosition olderThan) {
        return olderThan == null
                ? statement
                : statement
                        .param("at", utc(olderThan.committedAt()))
                        .param("sequence", olderThan.sequence())
                        .param("id", olderThan.id());
    }

    @Override
    public List<List<AuditEntry>> earlier(List<RowPlace> places, int each) {
        List<List<AuditEntry>> found = new ArrayList<>(places.size());
        places.forEach(place -> found.add(new ArrayList<>()));
        jdbc.sql(EARLIER_EACH)
                .param("sources", texts(places, place -> place.row().source()))
                .param("tables", texts(places, place -> place.row().table().toString()))
                .param("keys", texts(places, place -> place.row().key().text()))
                .param("ats", texts(places, place -> place.olderThan().committedAt().toString()))
                .param(
                        "sequences",
                        texts(places, place -> Long.toString(place.olderThan().sequence())))
                .param("ids", texts(places, place -> place.olderThan().id().toString()))
                .param("limit", each)
                .query(
                        row -> {
                            found.get(row.getInt("n") - 1).add(EntryRows.entry(row, 0));
                        });
        return found;
    }

    private static String[] texts(List<RowPlace> places, Function<RowPlace, String> text) {
        return places.stream().map(text).toArray(String[]::new);
    }

    @Override
    public List<RecordedEntry> search(
            EntryQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        return new SearchStatement(
                        endedOnce(query, olderThan),
                        SearchPath.of(query),
                        within(query, olderThan),
                        downTo,
                        limit)
                .run(jdbc);
    }

    @Override
    public @Nullable Keyset reach(EntryQuery query, @Nullable Keyset olderThan, int entries) {
        return SearchReach.of(
                jdbc,
                endedOnce(query, olderThan),
                SearchPath.of(query),
                within(query, olderThan),
                entries);
    }

    /**
     * Returns a place that entries are to be older than, null if the query ends before it. Beside
     * the query's end, PostgreSQL reads its index from that end to the place with every page.
     */
    private static @Nullable Keyset within(EntryQuery query, @Nullable Keyset olderThan) {
        return olderThan == null || query.to() == null || olderThan.at().isBefore(query.to())
                ? olderThan
                : null;
    }

    /** Returns the query without its end where {@link #within} is before that. */
    private static EntryQuery endedOnce(EntryQuery query, @Nullable Keyset olderThan) {
        return query.to() == null || within(query, olderThan) == null
                ? query
                : query.but().to(null).build();
    }

    @Override
    public List<RecordedEntry> forward(
            Set<TableName> tables, Keyset newerThan, Instant until, int limit) {
        String part =
                """
                select * from audit.entry e
                where e.committed_at >= :at and (e.committed_at, e.id) > (:at, :id)
                    and e.committed_at <= :until %s
                order by e.committed_at, e.id limit :limit
                """;
        String found =
                tables.isEmpty()
                        ? part.formatted("")
                        : """
                        select t.* from unnest(:tables::text[]) as n (name)
                        cross join lateral (%s) t order by t.committed_at, t.id limit :limit
                        """
                                .formatted(part.formatted("and e.table_name = n.name"));
        JdbcClient.StatementSpec statement =
                jdbc.sql(
                                "select %s, %s from (%s) e %s order by e.committed_at, e.id"
                                        .formatted(
                                                EntryRows.COLUMNS,
                                                EntryRows.CONTEXT_COLUMNS,
                                                found,
                                                EntryRows.CONTEXT_JOIN))
                        .param("at", utc(newerThan.at()))
                        .param("id", newerThan.id())
                        .param("until", utc(until))
                        .param("limit", limit);
        return (tables.isEmpty()
                        ? statement
                        : statement.param("tables", Conditions.texts(tables, TableName::toString)))
                .query(EntryRows::recorded)
                .list();
    }

    @Override
    public EntryCounts count(EntryQuery query, Set<Facet> facets, int most) {
        Keyset downTo = query.selective() ? reach(query, null, most) : null;
        return CountStatement.run(jdbc, query, SearchPath.of(query), downTo, facets, most);
    }

    @Override
    public List<ActorSeen> actors(@Nullable String from, int limit) {
        return ActorStatements.actors(jdbc, from, limit);
    }

    @Override
    public Neighbours neighbours(TransactionRef transaction) {
        return new Neighbours(
                neighbour(transaction, "<", "desc"), neighbour(transaction, ">", "asc"));
    }

    /** Returns the next transaction of a source in one direction, among the next entries of all. */
    private @Nullable RecordedEntry neighbour(
            TransactionRef transaction, String side, String direction) {
        return jdbc.sql(
                        """
                        select %1$s, %2$s from (
                            select * from (
                                select * from audit.entry where committed_at %3$s :at
                                order by committed_at %4$s, id %4$s limit 1000) near
                            where source = :source and transaction_id is not null
                            order by committed_at %4$s, id %4$s limit 1
                        ) e %5$s
                        """
                                .formatted(
                                        EntryRows.COLUMNS,
                                        EntryRows.CONTEXT_COLUMNS,
                                        side,
                                        direction,
                                        EntryRows.CONTEXT_JOIN))
                .param("at", utc(transaction.committedAt()))
                .param("source", transaction.source())
                .query(EntryRows::recorded)
                .optional()
                .orElse(null);
    }

    @Override
    public @Nullable RecordedEntry entry(UUID id) {
        Instant committedAt = EntryId.committedAt(id);
        if (committedAt == null) {
            return null;
        }
        return jdbc.sql(
                        """
                        select %s, %s from audit.entry e %s
                        where e.committed_at = :at and e.id = :id
                        """
                                .formatted(
                                        EntryRows.COLUMNS,
                                        EntryRows.CONTEXT_COLUMNS,
                                        EntryRows.CONTEXT_JOIN))
                .param("at", utc(committedAt))
                .param("id", id)
                .query(EntryRows::recorded)
                .optional()
                .orElse(null);
    }

    @Override
    public List<SourceTransaction> transactions(String source, long transactionId, int limit) {
        // The commit times of one number are few: a number comes again after four thousand million.
        return jdbc.sql(
                        """
                        with recursive commits (committed_at) as (
                            (select max(committed_at) from audit.entry
                             where transaction_id = :id and source = :source)
                            union all
                            select (select max(e.committed_at) from audit.entry e
                                    where e.transaction_id = :id and e.source = :source
                                        and e.committed_at < commits.committed_at)
                            from commits where commits.committed_at is not null
                        ), known as (
                            (select committed_at from commits where committed_at is not null limit :limit)
                            union
                            (select committed_at from audit.transaction
                             where source = :source and transaction_id = :id
                             order by committed_at desc limit :limit)
                        )
                        select known.committed_at, %s
                        from known left join audit.transaction t on t.source = :source
                            and t.transaction_id = :id and t.committed_at = known.committed_at
                        order by known.committed_at desc limit :limit
                        """
                                .formatted(EntryRows.CONTEXT_COLUMNS))
                .param("source", source)
                .param("id", transactionId)
                .param("limit", limit)
                .query(
                        (row, number) ->
                                new SourceTransaction(
                                        new TransactionRef(
                                                source,
                                                transactionId,
                                                EntryRows.instant(row, "committed_at")),
                                        row.getBoolean("has_context")
                                                ? Attribution.ofContext(
                                                        row.getString("context_actor"),
                                                        null,
                                                        row.getString("reason"),
                                                        row.getString("request_id"),
                                                        row.getString("attributes"),
                                                        row.getString("login_role"))
                                                : null))
                .list();
    }

    @Override
    public List<RecordedEntry> ofTransaction(
            TransactionRef transaction, @Nullable EntryPosition newerThan, int limit) {
        JdbcClient.StatementSpec statement =
                jdbc.sql(
                                """
                                select %s, %s from (
                                    select * from audit.entry
                                    where transaction_id = :transaction and committed_at = :at
                                        and source = :source %s
                                    order by sequence, id limit :limit
                                ) e %s
                                order by e.sequence, e.id
                                """
                                        .formatted(
                                                EntryRows.COLUMNS,
                                                EntryRows.CONTEXT_COLUMNS,
                                                newerThan == null
                                                        ? ""
                                                        : "and (sequence, id) > (:sequence, :id)",
                                                EntryRows.CONTEXT_JOIN))
                        .param("source", transaction.source())
                        .param("transaction", transaction.id())
                        .param("at", utc(transaction.committedAt()))
                        .param("limit", limit);
        if (newerThan != null) {
            statement =
                    statement.param("sequence", newerThan.sequence()).param("id", newerThan.id());
        }
        return statement.query(EntryRows::recorded).list();
    }

    @Override
    public List<RejectedRecord> rejected(
            RejectedQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        Conditions where = rejectedBy(query, olderThan);
        if (downTo != null) {
            where.add("(rejected_at, id) >= (:down_at, :down_id)", "down_at", utc(downTo.at()));
            where.parameter("down_id", downTo.id());
        }
        where.parameter("limit", limit);
        return jdbc.sql(
                        """
                        select * from audit.rejected %s
                        order by rejected_at desc, id desc limit :limit
                        """
                                .formatted(where.clause()))
                .params(where.parameters())
                .query(JdbcAuditTrail::rejectedRecord)
                .list();
    }

    static RejectedRecord rejectedRecord(ResultSet row, int number) throws SQLException {
        return new RejectedRecord(
                row.getObject("id", UUID.class),
                EntryRows.instant(row, "rejected_at"),
                row.getString("source"),
                row.getString("stage"),
                row.getString("code"),
                row.getString("reason"),
                row.getString("topic"),
                row.getObject("partition", Integer.class),
                row.getObject("record_offset", Long.class),
                row.getString("table_name"),
                base64(row.getBytes("record_key")),
                base64(row.getBytes("record_value")));
    }

    /** Returns the conditions of a query for rejected records. */
    static Conditions rejectedBy(RejectedQuery query, @Nullable Keyset olderThan) {
        Conditions where = rejectedSpan(query, olderThan);
        where.add("source = :source", "source", query.source());
        where.add("stage = :stage", "stage", query.stage() == null ? null : query.stage().word());
        where.add("code = :code", "code", query.code());
        where.add("table_name = :table", "table", query.table());
        return where;
    }

    private static Conditions rejectedSpan(RejectedQuery query, @Nullable Keyset olderThan) {
        Conditions where = new Conditions();
        where.add("rejected_at >= :from", "from", utcOrNull(query.from()));
        where.add("rejected_at < :to", "to", utcOrNull(query.to()));
        if (olderThan != null) {
            where.add("(rejected_at, id) < (:at, :id)", "at", utc(olderThan.at()));
            where.parameter("id", olderThan.id());
        }
        return where;
    }

    @Override
    public @Nullable Keyset reachRejected(
            RejectedQuery query, @Nullable Keyset olderThan, int records) {
        Conditions where = rejectedSpan(query, olderThan);
        where.parameter("skipped", records - 1);
        return jdbc.sql(
                        """
                        select rejected_at, id from audit.rejected %s
                        order by rejected_at desc, id desc offset :skipped limit 1
                        """
                                .formatted(where.clause()))
                .params(where.parameters())
                .query(
                        (row, number) ->
                                new Keyset(
                                        EntryRows.instant(row, "rejected_at"),
                                        row.getObject("id", UUID.class)))
                .optional()
                .orElse(null);
    }

    private static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public @Nullable Instant completeUntil(@Nullable String source) {
        return jdbc.sql(
                        """
                        select case when bool_and(complete_until is not null)
                            then min(complete_until) end
                        from audit.completeness
                        where :source::text is null or source = :source
                        """)
                .param("source", source)
                .query((row, number) -> Optional.ofNullable(row.getObject(1, OffsetDateTime.class)))
                .single()
                .map(OffsetDateTime::toInstant)
                .orElse(null);
    }

    @Override
    public List<Gap> gaps() {
        return IncompletenessStatements.gaps(jdbc);
    }

    @Override
    public boolean hasGaps() {
        long now = System.nanoTime();
        HadGaps had = hadGaps;
        if (had == null || now - had.askedAt() > TimeUnit.SECONDS.toNanos(1)) {
            had = new HadGaps(IncompletenessStatements.hasGaps(jdbc), now);
            hadGaps = had;
        }
        return had.any();
    }

    @Override
    public List<Gap> gapsBetween(String source, TableName table, Instant after, Instant until) {
        return IncompletenessStatements.gapsBetween(jdbc, source, table, after, until);
    }

    @Override
    public List<Gap> gaps(GapQuery query, int limit) {
        return IncompletenessStatements.gaps(jdbc, query, limit);
    }

    @Override
    public Coverage coverage() {
        return CoverageStatements.run(jdbc);
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static @Nullable OffsetDateTime utcOrNull(@Nullable Instant instant) {
        return instant == null ? null : utc(instant);
    }
}
