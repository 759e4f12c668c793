package dev.daybook.api.view;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Reads PostgreSQL's text of an array of one dimension. */
final class PgArray {

    private PgArray() {}

    /** Returns the elements of a token; null if it is no such array. */
    static @Nullable List<String> items(String token) {
        if (!token.startsWith("\"{") || token.length() > 10_000) {
            return null;
        }
        String text = JsonText.scalar(token);
        if (!text.endsWith("}")) {
            return null;
        }
        List<String> items = new ArrayList<>();
        StringBuilder item = new StringBuilder();
        boolean quoted = false;
        boolean any = false;
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() - 1) {
                item.append(text.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
                any = true;
            } else if (!quoted && (c == '{' || c == '}')) {
                return null;
            } else if (!quoted && c == ',') {
                items.add(item.toString());
                item.setLength(0);
                any = false;
            } else {
                item.append(c);
                any = true;
            }
        }
        if (any || !items.isEmpty()) {
            items.add(item.toString());
        }
        return quoted ? null : items;
    }
}
