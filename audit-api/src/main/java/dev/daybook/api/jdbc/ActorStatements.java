package dev.daybook.api.jdbc;

import dev.daybook.domain.history.ActorSeen;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

import java.util.ArrayList;
import java.util.List;

/** The actors that contexts and entries name, by their indexes, which hold a name's beginning. */
final class ActorStatements {

    private static final int INDEXED = 200;

    /** Steps from one name to the next, and looks for the ends of the time of each. */
    private static final String NAMES =
            """
            with recursive found (name) as (
                select least(
                    (select min(left(actor, 200)) from audit.transaction
                     where left(actor, 200) >= left(:from, 200)),
                    (select min(left(actor, 200)) from audit.entry
                     where left(actor, 200) >= left(:from, 200) and actor is not null))
                union all
                select least(
                    (select min(left(actor, 200)) from audit.transaction
                     where left(actor, 200) > found.name),
                    (select min(left(actor, 200)) from audit.entry
                     where left(actor, 200) > found.name and actor is not null))
                from found where found.name is not null
            )
            select name,
                least(
                    (select min(committed_at) from audit.transaction
                     where left(actor, 200) = name),
                    (select min(committed_at) from audit.entry
                     where left(actor, 200) = name and actor is not null)) as first,
                greatest(
                    (select max(committed_at) from audit.transaction
                     where left(actor, 200) = name),
                    (select max(committed_at) from audit.entry
                     where left(actor, 200) = name and actor is not null)) as last
            from (select name from found where name is not null limit :limit) names
            """;

    /** Names that are longer than what the index holds of them. */
    private static final String LONG_NAMES =
            """
            select actor as name, min(committed_at) as first, max(committed_at) as last
            from (
                (select actor, committed_at from audit.transaction
                 where left(actor, 200) = :name limit 10000)
                union all
                (select actor, committed_at from audit.entry
                 where left(actor, 200) = :name and actor is not null limit 10000)) a
            where actor >= :from group by actor order by actor limit :limit
            """;

    private ActorStatements() {}

    static List<ActorSeen> actors(JdbcClient jdbc, @Nullable String from, int limit) {
        String first = from == null ? "" : from;
        List<ActorSeen> found = new ArrayList<>();
        for (ActorSeen seen : query(jdbc.sql(NAMES).param("from", first).param("limit", limit))) {
            if (seen.actor().length() < INDEXED) {
                found.add(seen);
            } else {
                found.addAll(
                        query(
                                jdbc.sql(LONG_NAMES)
                                        .param("name", seen.actor())
                                        .param("from", first)
                                        .param("limit", limit)));
            }
        }
        return found.size() <= limit ? found : List.copyOf(found.subList(0, limit));
    }

    private static List<ActorSeen> query(JdbcClient.StatementSpec statement) {
        return statement
                .query(
                        (row, number) ->
                                new ActorSeen(
                                        row.getString("name"),
                                        EntryRows.instant(row, "first"),
                                        EntryRows.instant(row, "last")))
                .list();
    }
}
