package dev.daybook.api;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * A random log of five tables, two sources and everything that an entry can be, to be stored whole
 * or without some of its tables.
 */
final class ScopedLog {

    static final Instant BEGIN = Instant.parse("2026-10-10T08:00:00Z");
    static final List<String> TABLES =
            List.of("seen.one", "seen.two", "secret.one", "secret.two", "secretish.one");

    private static final String[] ACTORS = {"anna", "bert", "Zoë", "only-secret", null};
    private static final String[] REASONS = {"price round", "<b>why</b>", null};
    private static final String[] KEYS = {"1", "2", "\"a/b\"", "\"TEA-01\""};

    private final Random random;
    private final List<AuditEntry> entries = new ArrayList<>();
    private final List<Context> contexts = new ArrayList<>();

    /** Who and why of a transaction. */
    record Context(
            String source,
            long transaction,
            Instant at,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String request,
            @Nullable String role) {}

    ScopedLog(long seed, int size) {
        random = new Random(seed);
        for (int i = 0; entries.size() < size; i++) {
            transaction(500 + i % 4_000, BEGIN.plusSeconds(i * 41L));
        }
    }

    List<AuditEntry> entries() {
        return entries;
    }

    List<Context> contexts() {
        return contexts;
    }

    private void transaction(long id, Instant at) {
        String source = random.nextInt(5) == 0 ? "vault" : "shop";
        String actor = any(ACTORS);
        boolean secret = "only-secret".equals(actor);
        int changes = 1 + random.nextInt(4);
        for (int n = 1; n <= changes; n++) {
            String table = TABLES.get(secret ? 2 + random.nextInt(3) : random.nextInt(5));
            // One source has nothing of what one of the callers sees.
            if (source.equals("vault") && table.startsWith("seen.")) {
                table = "secret.two";
            }
            entries.add(change(source, table, id, at, n));
        }
        if (actor != null || random.nextBoolean()) {
            contexts.add(
                    new Context(
                            source,
                            id,
                            at,
                            actor,
                            secret ? "secret reason" : any(REASONS),
                            random.nextInt(3) == 0 ? "req-" + random.nextInt(4) : null,
                            random.nextInt(3) == 0 ? "role_" + random.nextInt(2) : null));
        }
    }

    private AuditEntry change(String source, String table, long id, Instant at, int n) {
        String key = any(KEYS);
        String mark = table.startsWith("seen.") ? "" : "secret ";
        String value = "\"" + mark + random.nextInt(5) + "\"";
        Entries made =
                switch (random.nextInt(12)) {
                    case 0, 1, 2 -> Entries.insert("id", key, "n", value, "note", "null");
                    case 3 -> Entries.delete("id", key);
                    case 4 -> Entries.snapshot("id", key, "n", value).transaction(id);
                    case 5 -> Entries.truncate();
                    case 6 -> Entries.update("id", any(KEYS), "n", value).before("id", key);
                    case 7 ->
                            Entries.update("id", key, "n", value).before("id", key).unknown("note");
                    case 8 -> Entries.update("id", key, "n", value).before("n", value).key();
                    case 9 ->
                            Entries.tableChange(
                                    "alter-table",
                                    "{\"oid\":" + (16_000 + random.nextInt(9)) + "}");
                    default -> Entries.update("id", key, "n", value).before("id", key);
                };
        int dot = table.indexOf('.');
        return made.source(source)
                .table(table.substring(0, dot), table.substring(dot + 1))
                .at(at)
                .transaction(id)
                .sequence(n)
                .actor(random.nextInt(9) == 0 ? mark + "column" : null)
                .entry();
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** Stores what a caller sees who sees some of the tables. */
    void store(AuditDatabase database, Predicate<TableName> seen) {
        database.atOnce(
                () -> {
                    Set<List<Object>> transactions = new HashSet<>();
                    Set<String> sources = new HashSet<>();
                    for (AuditEntry entry : entries) {
                        if (seen.test(entry.table())) {
                            database.store(entry);
                            sources.add(entry.source());
                            transactions.add(
                                    List.of(
                                            entry.source(),
                                            String.valueOf(entry.transactionId()),
                                            entry.committedAt()));
                        }
                    }
                    for (Context c : contexts) {
                        if (transactions.contains(
                                List.of(c.source(), String.valueOf(c.transaction()), c.at()))) {
                            database.storeContext(
                                    c.source(),
                                    c.transaction(),
                                    c.at(),
                                    c.actor(),
                                    c.reason(),
                                    c.request(),
                                    null,
                                    c.role());
                        }
                    }
                    sources.forEach(
                            source ->
                                    database.execute(
                                            "insert into audit.watermark values (?, 0, 0, 1, 1, ?,"
                                                    + " null)",
                                            source,
                                            // The one that not all callers see lags.
                                            BEGIN.plusSeconds(
                                                            86_400L
                                                                    * (source.equals("vault")
                                                                            ? 6
                                                                            : 7))
                                                    .atOffset(ZoneOffset.UTC)));
                    storeGaps(database, seen);
                });
    }

    private static void storeGaps(AuditDatabase database, Predicate<TableName> seen) {
        for (String table : TABLES) {
            if (seen.test(TableName.parse(table))) {
                database.execute(
                        """
                        insert into audit.gap (id, found_at, recorded_at, source, table_name, from_time,
                            stage, cause, reason)
                        values (?, ?, ?, 'shop', ?, ?, 'source', 'not-published', ?)
                        """,
                        UUID.nameUUIDFromBytes(
                                table.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                        BEGIN.atOffset(ZoneOffset.UTC),
                        BEGIN.atOffset(ZoneOffset.UTC),
                        table,
                        BEGIN.atOffset(ZoneOffset.UTC),
                        table + " was not published.");
            }
        }
    }
}
