package dev.daybook.api.jdbc;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RecordedEntry;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The search across rows. Which index serves it depends on what is asked for:
 *
 * <ul>
 *   <li>one key of one table: the entity's index, and that of former keys
 *   <li>one actor: the contexts' index by actor, joined to the entries of each transaction by
 *       commit time, and the entries' own index by actor
 *   <li>one login role: the contexts' index by login role, joined likewise
 *   <li>a transaction's number: its index
 *   <li>tables: the index of each, in order of time, merged
 *   <li>anything else: the primary key, in order of time
 * </ul>
 */
final class SearchStatement {

    /** Who made an entry: the context's actor, else the row's. */
    private static final String ACTOR = "coalesce(" + EntryRows.CONTEXT_ACTOR + ", e.actor)";

    private final Conditions where = new Conditions();
    private final EntryQuery query;
    private final SearchPath path;

    /** The bounds on the commit time, for the contexts from which an actor's entries are found. */
    private final String contextSpan;

    SearchStatement(
            EntryQuery query,
            SearchPath path,
            @Nullable Keyset olderThan,
            @Nullable Keyset downTo,
            int limit) {
        this.query = query;
        this.path = path;
        where.choose("e.source", "source", query.sources(), Function.identity());
        if (path == SearchPath.TABLES) {
            where.add("e.table_name = n.name");
            where.parameter("table", Conditions.texts(query.tables().only(), TableName::toString));
        } else {
            where.choose("e.table_name", "table", query.tables(), TableName::toString);
        }
        where.choose("e.operation", "operation", query.operations(), Operation::word);
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
        addFields();
        addContext();
        addKeys();
        where.parameter("limit", limit);
    }

    /**
     * Only the fold can tell whether an update that does not know the old value changed a column,
     * and which columns a row had that went with its key alone.
     */
    private void addFields() {
        if (!query.fields().only().isEmpty()) {
            where.add(
                    """
                    e.operation not in ('snapshot', 'table-change') and (e.operation = 'delete'
                        or exists (select from unnest(:field::text[]) as f (name)
                            where (audit.readable(e.after) -> f.name) is not null
                                and (audit.readable(e.after) -> f.name)::text
                                    is distinct from (audit.readable(e.before) -> f.name)::text))
                    """,
                    "field",
                    Conditions.texts(query.fields().only(), Function.identity()));
        }
    }

    /** What is asked of who and why; an actor that has a path of its own is looked for there. */
    private void addContext() {
        if (path != SearchPath.ACTOR) {
            where.choose(ACTOR, "actor", query.actors(), Function.identity());
        }
        if (path != SearchPath.LOGIN_ROLE) {
            where.choose(
                    context("login_role"), "login_role", query.loginRoles(), Function.identity());
        }
        switch (query.attributed()) {
            case EITHER -> {}
            case NO -> {
                where.add("e.operation <> 'snapshot' and e.actor is null");
                where.add(EntryRows.CONTEXT_ACTOR + " is null");
            }
            case YES -> where.add("(e.operation = 'snapshot' or " + ACTOR + " is not null)");
        }
        where.choose(context("reason"), "reason", query.reasons(), Function.identity());
        where.choose(context("request_id"), "request", query.requests(), Function.identity());
    }

    private static String context(String column) {
        return EntryRows.CONTEXT_ACTOR.replace("c.actor", "c." + column);
    }

    private void addKeys() {
        if (!query.keys().only().isEmpty()) {
            where.parameter("key", Conditions.texts(query.keys().only(), EntityKey::text));
            if (path != SearchPath.KEY) {
                where.add(
                        "(e.entity_key = any (:key::text[]) or e.old_entity_key = any"
                                + " (:key::text[]))");
            }
        }
        if (!query.keys().without().isEmpty()) {
            where.add(
                    "(e.entity_key is null or e.entity_key <> all (:not_key::text[]))",
                    "not_key",
                    Conditions.texts(query.keys().without(), EntityKey::text));
        }
    }

    List<RecordedEntry> run(JdbcClient jdbc) {
        return jdbc.sql(
                        """
                        select %s, %s from (%s) e %s
                        order by e.committed_at desc, e.id desc limit :limit
                        """
                                .formatted(
                                        EntryRows.COLUMNS,
                                        EntryRows.CONTEXT_COLUMNS,
                                        found("e.*"),
                                        EntryRows.CONTEXT_JOIN))
                .params(parameters())
                .query(EntryRows::recorded)
                .list();
    }

    Map<String, Object> parameters() {
        return where.parameters();
    }

    /**
     * Returns the query of what is found, at most the limit from each of its parts.
     *
     * @param columns of the table alias {@code e}
     */
    String found(String columns) {
        return switch (path) {
            case ACTOR -> {
                where.parameter("actor", String.valueOf(query.actors().single()));
                yield ofContexts(
                                columns,
                                "left(c.actor, 200) = left(:actor, 200) and c.actor = :actor")
                        + " union all "
                        + part(
                                columns,
                                "audit.entry e",
                                "left(e.actor, 200) = left(:actor, 200) and e.actor = :actor"
                                        + " and e.actor is not null and "
                                        + EntryRows.CONTEXT_ACTOR
                                        + " is null",
                                "e.committed_at");
            }
            case LOGIN_ROLE -> {
                where.parameter("login_role", String.valueOf(query.loginRoles().single()));
                yield ofContexts(columns, "c.login_role = :login_role");
            }
            case KEY -> {
                EntityKey key = query.keys().single();
                where.parameter("key", key == null ? "" : key.text());
                yield part(
                                columns,
                                "audit.entry e",
                                "left(e.entity_key, 200) = left(:key, 200) and e.entity_key = :key",
                                "e.committed_at")
                        + " union all "
                        + part(
                                columns,
                                "audit.entry e",
                                """
                                left(e.old_entity_key, 200) = left(:key, 200)
                                and e.old_entity_key = :key and e.old_entity_key is not null
                                and e.entity_key is distinct from e.old_entity_key
                                """,
                                "e.committed_at");
            }
            case TABLES ->
                    "(select t.* from unnest(:table::text[]) as n (name) cross join lateral "
                            + part(columns, "audit.entry e", "", "e.committed_at")
                            + " t)";
            case TIME -> part(columns, "audit.entry e", "", "e.committed_at");
        };
    }

    /** Returns the entries of the transactions whose contexts meet a condition. */
    private String ofContexts(String columns, String condition) {
        // "offset 0" has each transaction's entries looked up by its commit time. Without it the
        // planner may read all entries to join them to those of one actor.
        return part(
                columns,
                "(select * from audit.transaction c where "
                        + condition
                        + contextSpan
                        + " order by c.committed_at desc) a"
                        + " cross join lateral (select * from audit.entry x"
                        + " where x.source = a.source"
                        + " and x.transaction_id = a.transaction_id"
                        + " and x.committed_at = a.committed_at offset 0) e",
                "",
                "a.committed_at");
    }

    private String part(String columns, String from, String condition, String time) {
        String clause = where.clause();
        String whole =
                condition.isEmpty()
                        ? clause
                        : clause.isEmpty() ? "where " + condition : clause + " and " + condition;
        return "(select %s from %s %s order by %s desc, e.id desc limit :limit)"
                .formatted(columns, from, whole, time);
    }
}
