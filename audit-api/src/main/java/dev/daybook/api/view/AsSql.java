package dev.daybook.api.view;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryQuery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes a search as a statement for whoever may read the audit database. */
final class AsSql {

    private static final String ACTOR = "coalesce(t.actor, e.actor)";

    private final List<String> conditions = new ArrayList<>();

    private AsSql() {}

    /** Returns the statement; what only earlier entries can tell, it does not look for. */
    static String of(EntryQuery query, int limit) {
        AsSql sql = new AsSql();
        sql.add(query);
        return "SELECT e.*, t.actor AS context_actor, t.reason, t.request_id\n"
                + "FROM audit.entry e LEFT JOIN audit.transaction t\n"
                + "  ON t.source = e.source AND t.transaction_id = e.transaction_id"
                + " AND t.committed_at = e.committed_at\n"
                + (sql.conditions.isEmpty()
                        ? ""
                        : "WHERE " + String.join("\n  AND ", sql.conditions) + "\n")
                + "ORDER BY e.committed_at DESC, e.id DESC LIMIT "
                + limit
                + ";";
    }

    private void add(EntryQuery query) {
        choose("e.source", query.sources(), text -> text);
        choose("e.table_name", query.tables(), TableName::toString);
        keys(query.keys());
        choose(ACTOR, query.actors(), text -> text);
        choose("t.login_role", query.loginRoles(), text -> text);
        switch (query.attributed()) {
            case EITHER -> {}
            case NO -> conditions.add("e.operation <> 'snapshot' AND " + ACTOR + " IS NULL");
            case YES -> conditions.add("(e.operation = 'snapshot' OR " + ACTOR + " IS NOT NULL)");
        }
        fields(query.fields());
        choose("e.operation", query.operations(), Operation::word);
        if (query.transactionId() != null) {
            conditions.add("e.transaction_id = " + query.transactionId());
        }
        choose("t.reason", query.reasons(), text -> text);
        choose("t.request_id", query.requests(), text -> text);
        if (query.from() != null) {
            conditions.add("e.committed_at >= " + literal(WireTime.text(query.from())));
        }
        if (query.to() != null) {
            conditions.add("e.committed_at < " + literal(WireTime.text(query.to())));
        }
    }

    private <T> void choose(String column, Choice<T> choice, Function<T, String> text) {
        if (!choice.only().isEmpty()) {
            conditions.add(column + " IN " + list(choice.only(), text));
        }
        if (!choice.without().isEmpty()) {
            conditions.add(
                    "(%1$s IS NULL OR %1$s NOT IN %2$s)"
                            .formatted(column, list(choice.without(), text)));
        }
    }

    private void keys(Choice<EntityKey> keys) {
        if (!keys.only().isEmpty()) {
            conditions.add(
                    "(e.entity_key IN %1$s OR e.old_entity_key IN %1$s)"
                            .formatted(list(keys.only(), EntityKey::text)));
        }
        if (!keys.without().isEmpty()) {
            conditions.add(
                    "(e.entity_key IS NULL OR e.entity_key NOT IN %s)"
                            .formatted(list(keys.without(), EntityKey::text)));
        }
    }

    private void fields(Choice<String> fields) {
        if (!fields.only().isEmpty()) {
            conditions.add(
                    "e.operation NOT IN ('snapshot', 'table-change') AND ("
                            + fields.only().stream()
                                    .map(AsSql::changed)
                                    .collect(Collectors.joining(" OR "))
                            + ")");
        }
        if (!fields.without().isEmpty()) {
            conditions.add(
                    "(e.operation <> 'update' OR EXISTS (SELECT FROM json_object_keys(e.after) AS f"
                            + " (name) WHERE f.name NOT IN "
                            + list(fields.without(), text -> text)
                            + " AND (e.after -> f.name)::text IS DISTINCT FROM (e.before ->"
                            + " f.name)::text))");
        }
    }

    private static String changed(String field) {
        return "(e.after -> %1$s)::text IS DISTINCT FROM (e.before -> %1$s)::text"
                .formatted(literal(field));
    }

    private static <T> String list(Collection<T> values, Function<T, String> text) {
        return values.stream()
                .map(value -> literal(text.apply(value)))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    /**
     * Returns a text as a literal, whatever standard_conforming_strings says; characters that
     * cannot be seen are escaped, so that what is copied is what is read.
     */
    private static String literal(String text) {
        StringBuilder literal = new StringBuilder("'");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\'') {
                literal.append("''");
            } else if (c == '\\') {
                literal.append("\\\\");
            } else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                literal.append("\\u%04x".formatted((int) c));
            } else {
                literal.append(c);
            }
        }
        literal.append('\'');
        return literal.indexOf("\\") < 0 ? literal.toString() : " E" + literal;
    }
}
