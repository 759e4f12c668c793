package dev.daybook.api.jdbc;

import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Keyset;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

import java.util.UUID;

/**
 * Finds how far back a search comes by reading a number of entries: counts along the index that
 * serves it, without looking at what the entries hold.
 */
final class SearchReach {

    private static final UUID LEAST = new UUID(0, 0);

    /** The least id in SQL, for rows that have none. */
    private static final String NO_ID = "'" + LEAST + "'::uuid";

    private final JdbcClient jdbc;
    private final EntryQuery query;
    private final SearchPath path;
    private final @Nullable Keyset olderThan;
    private final int entries;

    private SearchReach(
            JdbcClient jdbc,
            EntryQuery query,
            SearchPath path,
            @Nullable Keyset olderThan,
            int entries) {
        this.jdbc = jdbc;
        this.query = query;
        this.path = path;
        this.olderThan = olderThan;
        this.entries = entries;
    }

    /** Returns the place of the last of so many entries; null if there are not so many. */
    static @Nullable Keyset of(
            JdbcClient jdbc,
            EntryQuery query,
            SearchPath path,
            @Nullable Keyset olderThan,
            int entries) {
        SearchReach reach = new SearchReach(jdbc, query, path, olderThan, entries);
        return switch (path) {
            case ACTOR -> {
                String actor = String.valueOf(query.actors().single());
                yield later(
                        reach.along(
                                "audit.transaction",
                                "left(actor, 200) = left(:named, 200) and actor = :named",
                                actor,
                                NO_ID),
                        reach.along(
                                "audit.entry",
                                "left(actor, 200) = left(:named, 200) and actor = :named and actor"
                                        + " is not null",
                                actor,
                                "id"));
            }
            case LOGIN_ROLE ->
                    reach.along(
                            "audit.transaction",
                            "login_role = :named",
                            String.valueOf(query.loginRoles().single()),
                            NO_ID);
            case KEY -> {
                EntityKey one = query.keys().single();
                String key = one == null ? "" : one.text();
                yield later(
                        reach.along(
                                "audit.entry",
                                "left(entity_key, 200) = left(:named, 200) and entity_key = :named",
                                key,
                                "id"),
                        reach.along(
                                "audit.entry",
                                "left(old_entity_key, 200) = left(:named, 200) and old_entity_key ="
                                        + " :named and old_entity_key is not null",
                                key,
                                "id"));
            }
            case TABLES, TIME -> reach.along("audit.entry", null, null, "id");
        };
    }

    /**
     * Both parts of a search are known as far back as the one that comes less far. Rows of one
     * commit time come in no order of ids where an index of their own finds them, so such a part
     * begins with its commit time.
     */
    private static @Nullable Keyset later(@Nullable Keyset one, @Nullable Keyset other) {
        if (one == null || other == null) {
            Keyset known = one == null ? other : one;
            return known == null ? null : new Keyset(known.at(), LEAST);
        }
        return new Keyset(one.at().isAfter(other.at()) ? one.at() : other.at(), LEAST);
    }

    private @Nullable Keyset along(
            String relation, @Nullable String condition, @Nullable String named, String id) {
        Conditions where = new Conditions();
        if (condition != null && named != null) {
            where.add(condition);
            where.parameter("named", named);
        }
        if (path == SearchPath.TABLES) {
            where.add("table_name = n.name");
            where.parameter("table", Conditions.texts(query.tables().only(), TableName::toString));
        } else if (!path.isOfContexts()) {
            where.add(
                    "table_name = :table",
                    "table",
                    query.tables().only().size() == 1
                            ? query.tables().only().iterator().next().toString()
                            : null);
        }
        where.add("committed_at >= :from", "from", JdbcAuditTrail.utcOrNull(query.from()));
        where.add("committed_at < :to", "to", JdbcAuditTrail.utcOrNull(query.to()));
        if (olderThan != null) {
            where.add(
                    // Before the least id there is nothing of that commit time.
                    olderThan.id().equals(LEAST) ? "committed_at < :at" : "committed_at <= :at",
                    "at",
                    JdbcAuditTrail.utc(olderThan.at()));
            if (condition == null) {
                where.add("(committed_at, id) < (:at, :id)");
                where.parameter("id", olderThan.id());
            }
        }
        where.parameter("skipped", entries - 1);
        String places =
                "select committed_at, %s as id from %s %s order by committed_at desc%s"
                        .formatted(
                                id, relation, where.clause(), condition == null ? ", id desc" : "");
        if (path == SearchPath.TABLES) {
            places =
                    """
                    select t.* from unnest(:table::text[]) as n (name)
                    cross join lateral (%s limit :skipped + 1) t
                    order by committed_at desc, id desc
                    """
                            .formatted(places);
        }
        return jdbc.sql(places + " offset :skipped limit 1")
                .params(where.parameters())
                .query(
                        (row, number) ->
                                new Keyset(
                                        EntryRows.instant(row, "committed_at"),
                                        row.getObject("id", UUID.class)))
                .optional()
                .orElse(null);
    }
}
