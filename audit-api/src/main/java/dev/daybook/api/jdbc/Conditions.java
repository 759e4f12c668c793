package dev.daybook.api.jdbc;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

    /** Adds a condition without a parameter of its own. */
    void add(String condition) {
        conditions.add(condition);
    }

    void parameter(String name, Object value) {
        parameters.put(name, value);
    }

    /** The {@code where} clause, empty if there is no condition. */
    String clause() {
        return conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
    }

    Map<String, Object> parameters() {
        return parameters;
    }
}
