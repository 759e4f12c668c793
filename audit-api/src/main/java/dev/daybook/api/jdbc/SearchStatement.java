package dev.daybook.api.jdbc;

import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RecordedEntry;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

import java.util.List;

/**
 * The search across rows. Which index serves it depends on what is asked for:
 *
 * <ul>
 *   <li>a table and key: the entity's index, and that of former keys
 *   <li>an actor: the contexts' index by actor, joined to the entries of each transaction by commit
 *       time, and the entries' own index by actor
 *   <li>a transaction's number: its index
 *   <li>a table: its index, in order of time
 *   <li>anything else: the primary key, in order of time
 * </ul>
 */
final class SearchStatement {

    private final Conditions where = new Conditions();
    private final EntryQuery query;

    /** The bounds on the commit time, for the contexts from which an actor's entries are found. */
    private final String contextSpan;

    SearchStatement(
            EntryQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        this.query = query;
        where.add("e.source = :source", "source", query.source());
        where.add(
                "e.table_name = :table",
                "table",
                query.table() == null ? null : query.table().toString());
        where.add(
                "e.operation = :operation",
                "operation",
                query.operation() == null ? null : query.operation().word());
        where.add("e.transaction_id = :transaction", "transaction", query.transactionId());
        where.add("e.committed_at >= :from", "from", JdbcAuditTrail.utcOrNull(query.from()));
        where.add("e.committed_at < :to", "to", JdbcAuditTrail.utcOrNull(query.to()));
        contextSpan =
                (query.from() == null ? "" : " and c.committed_at >= :from")
                        + (query.to() == null ? "" : " and c.committed_at < :to")
                        + (olderThan == null ? "" : " and c.committed_at <= :at")
                        + (downTo == null ? "" : " and c.committed_at >= :down_at");
        if (downTo != null) {
            where.add("e.committed_at >= :down_at", "down_at", JdbcAuditTrail.utc(downTo.at()));
            where.add("(e.committed_at, e.id) >= (:down_at, :down_id)");
            where.parameter("down_id", downTo.id());
        }
        if (olderThan != null) {
            where.add("e.committed_at <= :at", "at", JdbcAuditTrail.utc(olderThan.at()));
            where.add("(e.committed_at, e.id) < (:at, :id)");
            where.parameter("id", olderThan.id());
        }
        if (query.field() != null) {
            // Only the fold can tell whether an update that does not know the old value changed it,
            // and which columns a row had that went with its key alone.
            where.add(
                    """
                    e.operation <> 'snapshot' and (e.operation = 'delete'
                        or (e.after -> :field) is not null
                            and (e.after -> :field)::text is distinct from (e.before -> :field)::text)
                    """,
                    "field",
                    query.field());
        }
        if (query.unattributed()) {
            where.add("e.operation <> 'snapshot' and e.actor is null");
            where.add(EntryRows.CONTEXT_ACTOR + " is null");
        }
        where.parameter("limit", limit);
    }

    List<RecordedEntry> run(JdbcClient jdbc) {
        return jdbc.sql(sql()).params(where.parameters()).query(EntryRows::recorded).list();
    }

    private String sql() {
        return """
        select %s, %s from (%s) e %s
        order by e.committed_at desc, e.id desc limit :limit
        """
                .formatted(
                        EntryRows.COLUMNS,
                        EntryRows.CONTEXT_COLUMNS,
                        found(),
                        EntryRows.CONTEXT_JOIN);
    }

    private String found() {
        if (query.actor() != null) {
            // "offset 0" has each transaction's entries looked up by its commit time. Without it
            // the
            // planner may read all entries to join them to those of one actor.
            return found(
                            "(select * from audit.transaction c"
                                    + " where left(c.actor, 200) = left(:actor, 200)"
                                    + " and c.actor = :actor"
                                    + contextSpan
                                    + " order by c.committed_at desc) a"
                                    + " cross join lateral (select * from audit.entry x"
                                    + " where x.source = a.source"
                                    + " and x.transaction_id = a.transaction_id"
                                    + " and x.committed_at = a.committed_at offset 0) e",
                            keyed("true"),
                            "a.committed_at")
                    + " union all "
                    + found(
                            "audit.entry e",
                            keyed(
                                    "left(e.actor, 200) = left(:actor, 200) and e.actor = :actor"
                                            + " and e.actor is not null and "
                                            + EntryRows.CONTEXT_ACTOR
                                            + " is null"));
        }
        if (query.key() == null) {
            return found("audit.entry e", "");
        }
        return found("audit.entry e", ofKey())
                + " union all "
                + found(
                        "audit.entry e",
                        """
                        left(e.old_entity_key, 200) = left(:key, 200) and e.old_entity_key = :key
                        and e.old_entity_key is not null
                        and e.entity_key is distinct from e.old_entity_key
                        """);
    }

    /** An actor's entries, of a key if one is asked for. */
    private String keyed(String actor) {
        if (query.key() == null) {
            where.parameter("actor", String.valueOf(query.actor()));
            return actor;
        }
        where.parameter("actor", String.valueOf(query.actor()));
        where.parameter("key", query.key().text());
        return actor + " and (e.entity_key = :key or e.old_entity_key = :key)";
    }

    private String ofKey() {
        where.parameter("key", query.key() == null ? "" : query.key().text());
        return "left(e.entity_key, 200) = left(:key, 200) and e.entity_key = :key";
    }

    private String found(String from, String condition) {
        return found(from, condition, "e.committed_at");
    }

    private String found(String from, String condition, String time) {
        String clause = where.clause();
        String whole =
                condition.isEmpty()
                        ? clause
                        : clause.isEmpty() ? "where " + condition : clause + " and " + condition;
        return "(select e.* from %s %s order by %s desc, e.id desc limit :limit)"
                .formatted(from, whole, time);
    }
}
