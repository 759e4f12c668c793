package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;

/** One thing that a pipeline may get wrong, done to a copy of a log that is right. */
enum Mutation {
    LOSE_AN_ENTRY {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(log, random, e -> true, (entries, i) -> entries.remove(i));
        }
    },
    DOUBLE_AN_ENTRY {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> true,
                    (entries, i) ->
                            entries.add(
                                    i,
                                    as(entries.get(i)).id(UUID.randomUUID().toString()).entry()));
        }
    },
    DOUBLE_AN_ENTRY_UNDER_ITS_ID {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(log, random, e -> true, (entries, i) -> entries.add(entries.get(i)));
        }
    },
    DOUBLE_AN_ENTRY_LATER_IN_ITS_TRANSACTION {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> !e.isSnapshot(),
                    (entries, i) ->
                            entries.add(
                                    as(entries.get(i))
                                            .id(UUID.randomUUID().toString())
                                            .sequence(1_000_000)
                                            .entry()));
        }
    },
    LOSE_A_TRANSACTION {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.txid() != null,
                    (entries, i) -> {
                        Long txid = entries.get(i).txid();
                        entries.removeIf(e -> Objects.equals(e.txid(), txid));
                    });
        }
    },
    ALTER_A_VALUE {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.after() != null && !e.after().isEmpty(),
                    (entries, i) ->
                            entries.set(
                                    i,
                                    as(entries.get(i))
                                            .after(altered(entries.get(i).after(), random))
                                            .entry()));
        }
    },
    ALTER_AN_OLD_VALUE {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.before() != null && !e.before().isEmpty(),
                    (entries, i) ->
                            entries.set(
                                    i,
                                    as(entries.get(i))
                                            .before(altered(entries.get(i).before(), random))
                                            .entry()));
        }
    },
    FORGET_A_COLUMN {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.after() != null && !e.after().isEmpty() && !e.isSnapshot(),
                    (entries, i) -> {
                        Map<String, String> after =
                                new LinkedHashMap<>(Objects.requireNonNull(entries.get(i).after()));
                        after.remove(any(after, random));
                        entries.set(i, as(entries.get(i)).after(after).entry());
                    });
        }
    },
    CALL_A_SMALL_VALUE_UNKNOWN {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e ->
                            e.after() != null
                                    && !e.isSnapshot()
                                    && e.after().values().stream().anyMatch(v -> v.length() < 100),
                    (entries, i) -> {
                        Map<String, String> after =
                                new LinkedHashMap<>(Objects.requireNonNull(entries.get(i).after()));
                        List<String> small =
                                after.keySet().stream()
                                        .filter(
                                                c ->
                                                        Objects.requireNonNull(after.get(c))
                                                                        .length()
                                                                < 100)
                                        .toList();
                        String column = small.get(random.nextInt(small.size()));
                        after.remove(column);
                        List<String> unknown = new ArrayList<>(entries.get(i).unknown());
                        unknown.add(column);
                        entries.set(i, as(entries.get(i)).after(after).unknown(unknown).entry());
                    });
        }
    },
    TAKE_NULL_FOR_UNKNOWN {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> !e.unknown().isEmpty(),
                    (entries, i) -> {
                        AuditLog.Entry entry = entries.get(i);
                        Map<String, String> after =
                                new LinkedHashMap<>(Objects.requireNonNull(entry.after()));
                        entry.unknown().forEach(column -> after.put(column, "null"));
                        entries.set(i, as(entry).after(after).unknown(List.of()).entry());
                    });
        }
    },
    FORGET_THE_OLD_ROW {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.before() != null,
                    (entries, i) -> entries.set(i, as(entries.get(i)).before(null).entry()));
        }
    },
    FORGET_THE_OLD_KEY {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.oldKey() != null,
                    (entries, i) -> entries.set(i, as(entries.get(i)).oldKey(null).entry()));
        }
    },
    ALTER_A_KEY {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.key() != null,
                    (entries, i) ->
                            entries.set(
                                    i, as(entries.get(i)).key(entries.get(i).key() + "0").entry()));
        }
    },
    TAKE_AN_UPDATE_FOR_AN_INSERT {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.operation().equals("update"),
                    (entries, i) -> entries.set(i, as(entries.get(i)).operation("insert").entry()));
        }
    },
    TAKE_A_SNAPSHOT_FOR_AN_INSERT {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    AuditLog.Entry::isSnapshot,
                    (entries, i) -> entries.set(i, as(entries.get(i)).operation("insert").entry()));
        }
    },
    SWAP_TWO_OF_A_TRANSACTION {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> next(log, e) != null,
                    (entries, i) -> {
                        AuditLog.Entry one = entries.get(i);
                        AuditLog.Entry two = Objects.requireNonNull(next(log, one));
                        entries.set(entries.indexOf(two), as(two).sequence(one.sequence()).entry());
                        entries.set(i, as(one).sequence(two.sequence()).entry());
                    });
        }
    },
    MOVE_AN_ENTRY_TO_ANOTHER_TRANSACTION {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.txid() != null,
                    (entries, i) -> {
                        AuditLog.Entry one = entries.get(i);
                        AuditLog.Entry other =
                                entries.stream()
                                        .filter(
                                                e ->
                                                        e.txid() != null
                                                                && !e.txid().equals(one.txid()))
                                        .findAny()
                                        .orElseThrow();
                        entries.set(
                                i,
                                as(one).txid(other.txid())
                                        .sequence(999_999)
                                        .committedAt(other)
                                        .entry());
                    });
        }
    },
    ALTER_A_COMMIT_TIME {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.txid() != null,
                    (entries, i) -> entries.set(i, as(entries.get(i)).later(1_000).entry()));
        }
    },
    MAKE_ONE_UP {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return change(
                    log,
                    random,
                    e -> e.txid() != null,
                    (entries, i) ->
                            entries.add(
                                    as(entries.get(i)).id("made up").txid(4_000_000_000L).entry()));
        }
    },
    LOSE_WHO {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return contexts(log, random, (contexts, i) -> contexts.remove(i));
        }
    },
    ALTER_WHO {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return contexts(
                    log,
                    random,
                    (contexts, i) -> {
                        AuditLog.Context c = contexts.get(i);
                        contexts.set(
                                i,
                                new AuditLog.Context(
                                        c.txid(),
                                        c.committedAt(),
                                        c.actor() + "!",
                                        c.reason(),
                                        c.requestId(),
                                        c.attributes()));
                    });
        }
    },
    MAKE_WHO_UP {
        @Override
        @Nullable AuditLog of(AuditLog log, Random random) {
            return contexts(
                    log,
                    random,
                    (contexts, i) -> {
                        AuditLog.Context c = contexts.get(i);
                        contexts.add(
                                new AuditLog.Context(
                                        4_000_000_000L,
                                        c.committedAt(),
                                        c.actor(),
                                        null,
                                        null,
                                        null));
                    });
        }
    },
    REJECT_SOMETHING {
        @Override
        AuditLog of(AuditLog log, Random random) {
            return new AuditLog(log.entries(), log.contexts(), List.of("ingest not-json"));
        }
    };

    /** The log with the mistake in it, at a random place; null if the log has no place for it. */
    abstract @Nullable AuditLog of(AuditLog log, Random random);

    private interface Edit<T> {
        void at(List<T> list, int index);
    }

    private static @Nullable AuditLog change(
            AuditLog log,
            Random random,
            Predicate<AuditLog.Entry> where,
            Edit<AuditLog.Entry> edit) {
        List<AuditLog.Entry> entries = new ArrayList<>(log.entries());
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (where.test(entries.get(i))) {
                places.add(i);
            }
        }
        if (places.isEmpty()) {
            return null;
        }
        edit.at(entries, places.get(random.nextInt(places.size())));
        return new AuditLog(entries, log.contexts(), log.rejected());
    }

    private static @Nullable AuditLog contexts(
            AuditLog log, Random random, Edit<AuditLog.Context> edit) {
        if (log.contexts().isEmpty()) {
            return null;
        }
        List<AuditLog.Context> contexts = new ArrayList<>(log.contexts());
        edit.at(contexts, random.nextInt(contexts.size()));
        return new AuditLog(log.entries(), contexts, log.rejected());
    }

    /**
     * An entry of the same transaction that differs in what it does; to swap the same is no
     * mistake.
     */
    private static AuditLog.@Nullable Entry next(AuditLog log, AuditLog.Entry entry) {
        if (entry.txid() == null || entry.key() == null) {
            return null;
        }
        return log.entries().stream()
                .filter(
                        other ->
                                entry.txid().equals(other.txid())
                                        && other.sequence() > entry.sequence()
                                        && other.key() != null
                                        && !(other.key().equals(entry.key())
                                                && other.operation().equals(entry.operation())))
                .findFirst()
                .orElse(null);
    }

    private static Map<String, String> altered(@Nullable Map<String, String> image, Random random) {
        Map<String, String> altered = new LinkedHashMap<>(Objects.requireNonNull(image));
        String column = any(altered, random);
        String token = Objects.requireNonNull(altered.get(column));
        altered.put(
                column,
                switch (token) {
                    case "null" -> "\"\"";
                    case "true" -> "false";
                    case "false", "\"\"" -> "null";
                    default ->
                            FlatJson.isString(token)
                                    ? token.substring(0, token.length() - 1) + " \""
                                    : "1" + token.replace("-", "");
                });
        return altered;
    }

    private static String any(Map<String, String> image, Random random) {
        return List.copyOf(image.keySet()).get(random.nextInt(image.size()));
    }

    private static Copy as(AuditLog.Entry entry) {
        return new Copy(entry);
    }

    /** A copy of an entry with something else in it. */
    private static final class Copy {

        private final AuditLog.Entry of;
        private final Map<String, Object> other = new HashMap<>();
        private java.time.Instant committedAt;
        private @Nullable Long txid;
        private @Nullable String key;
        private @Nullable String oldKey;
        private @Nullable Map<String, String> before;
        private @Nullable Map<String, String> after;

        Copy(AuditLog.Entry of) {
            this.of = of;
            committedAt = of.committedAt();
            txid = of.txid();
            key = of.key();
            oldKey = of.oldKey();
            before = of.before();
            after = of.after();
        }

        Copy id(String id) {
            other.put("id", id);
            return this;
        }

        Copy operation(String operation) {
            other.put("operation", operation);
            return this;
        }

        Copy sequence(long sequence) {
            other.put("sequence", sequence);
            return this;
        }

        Copy unknown(List<String> unknown) {
            other.put("unknown", unknown);
            return this;
        }

        Copy committedAt(AuditLog.Entry as) {
            committedAt = as.committedAt();
            return this;
        }

        Copy later(long nanos) {
            committedAt = committedAt.plusNanos(nanos);
            return this;
        }

        Copy txid(@Nullable Long txid) {
            this.txid = txid;
            return this;
        }

        Copy key(String key) {
            this.key = key;
            return this;
        }

        Copy oldKey(@Nullable String oldKey) {
            this.oldKey = oldKey;
            return this;
        }

        Copy before(@Nullable Map<String, String> before) {
            this.before = before;
            return this;
        }

        Copy after(Map<String, String> after) {
            this.after = after;
            return this;
        }

        @SuppressWarnings("unchecked")
        AuditLog.Entry entry() {
            return new AuditLog.Entry(
                    (String) other.getOrDefault("id", of.id()),
                    committedAt,
                    of.table(),
                    key,
                    oldKey,
                    (String) other.getOrDefault("operation", of.operation()),
                    txid,
                    (long) other.getOrDefault("sequence", of.sequence()),
                    of.position(),
                    before,
                    after,
                    (List<String>) other.getOrDefault("unknown", of.unknown()));
        }
    }
}
