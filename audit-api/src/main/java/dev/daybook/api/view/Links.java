package dev.daybook.api.view;

import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the viewer's URLs, and those of REST. */
final class Links {

    private Links() {}

    static String row(String source, TableName table, EntityKey key) {
        return "/view/rows/%s/%s/%s"
                .formatted(encoded(source), encoded(table.toString()), encoded(key.text()));
    }

    static String transaction(String source, long id, Instant committedAt) {
        return "/view/tx/%s/%d?at=%s"
                .formatted(encoded(source), id, encoded(WireTime.text(committedAt)));
    }

    static String actor(String name) {
        return "/view/actors/" + encoded(name);
    }

    static String unattributed() {
        return "/view/search?unattributed=true";
    }

    /** Returns a command that asks REST what a page shows. */
    static String curl(Model model, String path) {
        return "curl -H \"X-API-Key: $DAYBOOK_KEY\" '" + model.getAttribute("host") + path + "'";
    }

    /** Returns a URL with parameters, in pairs of a name and a value; null leaves a pair out. */
    static String with(String path, @Nullable String... pairs) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            String name = pairs[i];
            String value = pairs[i + 1];
            if (name != null && value != null) {
                parameters.merge(
                        name,
                        List.of(value),
                        (one, other) -> {
                            List<String> both = new java.util.ArrayList<>(one);
                            both.addAll(other);
                            return both;
                        });
            }
        }
        return with(path, parameters);
    }

    static String with(String path, Map<String, List<String>> parameters) {
        StringBuilder url = new StringBuilder(path);
        char joint = path.indexOf('?') < 0 ? '?' : '&';
        for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
            for (String value : parameter.getValue()) {
                url.append(joint)
                        .append(encoded(parameter.getKey()))
                        .append('=')
                        .append(encoded(value));
                joint = '&';
            }
        }
        return url.toString();
    }

    /** Encodes everything but what never means anything in a URL. */
    static String encoded(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 8);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain =
                    b >= '0' && b <= '9'
                            || b >= 'a' && b <= 'z'
                            || b >= 'A' && b <= 'Z'
                            || b == '-'
                            || b == '_'
                            || b == '~'
                            || b == ':'
                            || b == '.' && text.length() > 2;
            if (plain) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }
}
