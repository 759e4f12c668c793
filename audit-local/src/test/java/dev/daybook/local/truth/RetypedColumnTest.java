package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A column gets another type between a row's last change and the reading of its table. */
class RetypedColumnTest {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Map<String, Truth.Column> NUMERIC = shape("numeric");
    private static final Map<String, Truth.Column> TEXT = shape("text");

    @Test
    void aNumberThatBecameATextIsReadAsAText() {
        assertThat(differences(TEXT, "\"7.50\"")).isEmpty();
    }

    @Test
    void aNumberThatStayedOneIsNotReadAsAText() {
        assertThat(differences(NUMERIC, "\"7.50\"")).isNotEmpty();
        assertThat(differences(NUMERIC, "7.50")).isEmpty();
    }

    @Test
    void anotherValueIsFoundWhateverTheType() {
        assertThat(differences(TEXT, "\"7.5\"")).isNotEmpty();
        assertThat(differences(TEXT, "7.50")).isNotEmpty();
    }

    /** Compares a log of two rows that were read after the second was written. */
    private static List<String> differences(Map<String, Truth.Column> then, String token) {
        Truth.Change first = insert(1, "1", "7.50", NUMERIC);
        Truth.Change second = insert(2, "2", null, then);
        AuditLog log =
                new AuditLog(
                        List.of(snapshot("1", token), snapshot("2", "null")), List.of(), List.of());
        return Comparison.differences(new Truth(List.of(first, second), List.of(), Map.of()), log);
    }

    private static Truth.Change insert(
            long id, String key, @Nullable String value, Map<String, Truth.Column> shape) {
        Map<String, @Nullable String> row = new HashMap<>();
        row.put("id", key);
        row.put("x", value);
        return new Truth.Change(
                id, id, NOON, id, "app.t", "insert", List.of("id"), false, shape, null, row);
    }

    private static AuditLog.Entry snapshot(String key, String token) {
        return new AuditLog.Entry(
                "snapshot-" + key,
                NOON.plusSeconds(1),
                "app.t",
                key,
                null,
                "snapshot",
                null,
                0,
                "00000000/00000010.0." + key,
                null,
                Map.of("id", key, "x", token),
                List.of());
    }

    private static Map<String, Truth.Column> shape(String type) {
        return Map.of("id", new Truth.Column(1, "integer"), "x", new Truth.Column(2, type));
    }
}
