package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The log that a flawless pipeline would have written, made from the truth; to try the comparison
 * on.
 */
final class FaithfulLog {

    private FaithfulLog() {}

    /**
     * A log whose capture began when so many transactions had committed.
     *
     * @param early how many transactions are in the snapshot
     */
    static AuditLog of(Truth truth, int early) {
        Map<Long, List<Truth.Change>> transactions =
                truth.changes().stream()
                        .collect(
                                Collectors.groupingBy(
                                        Truth.Change::txid,
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        Map<Long, Long> ends = new HashMap<>();
        truth.changes().forEach(change -> ends.merge(change.txid(), change.lsn() + 1, Math::max));
        truth.contexts()
                .forEach(context -> ends.merge(context.txid(), context.lsn() + 1, Math::max));
        // By the last thing's place: a transaction that waited for another comes after it.
        List<List<Truth.Change>> inOrder =
                transactions.values().stream()
                        .sorted(
                                Comparator.comparing(
                                        changes -> ends.get(changes.getFirst().txid())))
                        .toList();
        List<AuditLog.Entry> entries = new ArrayList<>();
        // The place at which a slot begins may be that of the first commit it streams.
        long snapshotLsn = Objects.requireNonNull(ends.get(inOrder.get(early).getFirst().txid()));
        // Not later than any change that follows, as the contract says of a load.
        Instant asked =
                inOrder.subList(early, inOrder.size()).stream()
                        .flatMap(List::stream)
                        .map(Truth.Change::committedAt)
                        .min(Comparator.naturalOrder())
                        .orElseThrow();
        List<Truth.Change> snapshot = new ArrayList<>();
        for (List<Truth.Change> changes : inOrder.subList(0, early)) {
            snapshot.addAll(changes);
        }
        snapshot.sort(Comparator.comparingLong(Truth.Change::id));
        snapshot.stream().collect(Collectors.groupingBy(Truth.Change::table)).values().stream()
                .flatMap(changes -> Comparison.rowsLeftBy(changes).stream())
                .forEach(row -> entries.add(snapshot(row, asked, snapshotLsn)));
        for (List<Truth.Change> changes : inOrder.subList(early, inOrder.size())) {
            for (int i = 0; i < changes.size(); i++) {
                entries.add(
                        entry(
                                changes.get(i),
                                i + 1,
                                Objects.requireNonNull(ends.get(changes.getFirst().txid()))));
            }
        }
        List<AuditLog.Context> contexts =
                truth.contexts().stream()
                        .filter(
                                said ->
                                        Objects.requireNonNull(ends.get(said.txid()))
                                                >= snapshotLsn)
                        .map(
                                said ->
                                        new AuditLog.Context(
                                                said.txid(),
                                                said.committedAt(),
                                                said.actor(),
                                                said.reason(),
                                                said.requestId(),
                                                said.attributes()))
                        .toList();
        return new AuditLog(entries, contexts, List.of());
    }

    private static AuditLog.Entry entry(Truth.Change change, int sequence, long commitLsn) {
        boolean keyOnly = !change.wholeOldRow();
        Set<String> unknown =
                change.before() == null || change.after() == null
                        ? Set.of()
                        : change.after().entrySet().stream()
                                .filter(
                                        column ->
                                                column.getValue() != null
                                                        && column.getValue().length() > 3_000
                                                        && column.getValue()
                                                                .equals(
                                                                        change.before()
                                                                                .get(
                                                                                        column
                                                                                                .getKey())))
                                .map(Map.Entry::getKey)
                                .collect(Collectors.toSet());
        Map<String, String> before =
                change.before() == null || keyOnly && change.after() != null && !change.movesKey()
                        ? null
                        : image(
                                change,
                                change.before(),
                                keyOnly
                                        ? change.before().keySet().stream()
                                                .filter(c -> !change.key().contains(c))
                                                .collect(Collectors.toSet())
                                        : Set.of());
        return new AuditLog.Entry(
                UUID.randomUUID().toString(),
                change.committedAt(),
                change.table(),
                key(change, change.row()),
                change.movesKey() ? key(change, change.before()) : null,
                change.operation(),
                change.txid(),
                sequence,
                "%08X/%08X.%d.00000000/00000000"
                        .formatted(commitLsn >>> 32, commitLsn & 0xFFFF_FFFFL, sequence),
                before,
                change.after() == null ? null : image(change, change.after(), unknown),
                List.copyOf(unknown));
    }

    private static AuditLog.Entry snapshot(Truth.Change row, Instant asked, long lsn) {
        return new AuditLog.Entry(
                UUID.randomUUID().toString(),
                asked,
                row.table(),
                key(row, row.after()),
                null,
                "snapshot",
                null,
                0,
                "%08X/%08X.0.row".formatted(lsn >>> 32, lsn & 0xFFFF_FFFFL),
                null,
                image(row, Objects.requireNonNull(row.after()), Set.of()),
                List.of());
    }

    private static @Nullable String key(
            Truth.Change change, @Nullable Map<String, @Nullable String> row) {
        if (row == null || change.key().isEmpty()) {
            return null;
        }
        if (change.key().size() == 1) {
            return row.get(change.key().getFirst());
        }
        return change.key().stream()
                .map(
                        column ->
                                token(
                                        Objects.requireNonNull(change.shape().get(column)).type(),
                                        row.get(column)))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static Map<String, String> image(
            Truth.Change change, Map<String, @Nullable String> row, Set<String> without) {
        Map<String, String> image = new LinkedHashMap<>();
        row.forEach(
                (column, text) -> {
                    if (!without.contains(column)) {
                        image.put(
                                column,
                                token(
                                        Objects.requireNonNull(change.shape().get(column)).type(),
                                        text));
                    }
                });
        return image;
    }

    private static String token(String type, @Nullable String text) {
        if (text == null) {
            return "null";
        }
        String plain = type.replaceFirst("\\(.*", "");
        return switch (plain) {
            case "smallint", "integer", "bigint", "real", "double precision", "numeric" ->
                    Character.isDigit(text.charAt(text.length() - 1)) ? text : string(text);
            case "boolean" -> text.equals("t") ? "true" : "false";
            case "bytea" -> string("0x" + text.substring(2));
            case "timestamp without time zone", "timestamp with time zone" ->
                    text.endsWith("infinity") || text.endsWith("BC")
                            ? string(text)
                            : string(text.replace(' ', 'T').replaceFirst("\\+00$", "") + "Z");
            default -> string(text);
        };
    }

    private static String string(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
