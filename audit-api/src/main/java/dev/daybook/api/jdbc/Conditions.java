package dev.daybook.api.jdbc;

import dev.daybook.domain.history.Choice;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The conditions of a statement and their parameters. Values never become part of the text. */
final class Conditions {

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> parameters = new HashMap<>();

    /** Adds a condition if its value is not null. */
    void add(String condition, String parameter, @Nullable Object value) {
        if (value != null) {
            conditions.add(condition);
            parameters.put(parameter, value);
        }
    }

    /** Adds what a choice says of an expression's value, whose text each value has. */
    <T> void choose(
            String expression, String parameter, Choice<T> choice, Function<T, String> text) {
        if (choice.only().size() == 1) {
            add(expression + " = :" + parameter);
            parameters.put(parameter, text.apply(choice.only().iterator().next()));
        } else if (!choice.only().isEmpty()) {
            add(expression + " = any (:" + parameter + "::text[])");
            parameters.put(parameter, texts(choice.only(), text));
        }
        if (!choice.without().isEmpty()) {
            add(
                    "(%1$s is null or %1$s <> all (:not_%2$s::text[]))"
                            .formatted(expression, parameter));
            parameters.put("not_" + parameter, texts(choice.without(), text));
        }
    }

    static <T> String[] texts(Collection<T> values, Function<T, String> text) {
        return values.stream().map(text).toArray(String[]::new);
    }

    /** Adds a condition without a parameter of its own. */
    void add(String condition) {
        conditions.add(condition);
    }

    void parameter(String name, Object value) {
        parameters.put(name, value);
    }

    /** Returns the {@code where} clause, empty if there is no condition. */
    String clause() {
        return conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
    }

    Map<String, Object> parameters() {
        return parameters;
    }
}
