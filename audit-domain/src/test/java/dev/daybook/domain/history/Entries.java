package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Builds entries for tests, through {@link ChangeEvent}, as the ingest does. Each is a transaction
 * of its own unless a test says otherwise.
 */
public final class Entries {

    public static final Instant START = Instant.parse("2026-11-22T09:30:00Z");

    private static final AtomicLong TRANSACTION = new AtomicLong(100_000);

    private final Operation operation;
    private String source = "shop";
    private TableName table = new TableName("public", "orders");
    private Instant committedAt = START;
    private @Nullable Instant sourceCommittedAt;
    private @Nullable Long transactionId = TRANSACTION.incrementAndGet();
    private long sequence = 1;
    private @Nullable RowImage before;
    private @Nullable RowImage after;
    private List<String> unknown = List.of();
    private List<String> keyColumns = List.of("id");
    private @Nullable String actor;

    private Entries(Operation operation) {
        this.operation = operation;
    }

    public static Entries snapshot(String... after) {
        return new Entries(Operation.SNAPSHOT).transaction(null).after(after);
    }

    public static Entries insert(String... after) {
        return new Entries(Operation.INSERT).after(after);
    }

    public static Entries update(String... after) {
        return new Entries(Operation.UPDATE).after(after);
    }

    public static Entries delete(String... before) {
        return new Entries(Operation.DELETE).before(before);
    }

    public static Entries truncate() {
        return new Entries(Operation.TRUNCATE);
    }

    /** What became of a table: the word, and the control object as JSON. */
    public static Entries tableChange(String word, String control) {
        return new Entries(Operation.TABLE_CHANGE)
                .key()
                .after("change", '"' + word + '"', "control", control);
    }

    /** An image of columns and raw tokens in turn. */
    public static RowImage image(String... columnsAndTokens) {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (int i = 0; i < columnsAndTokens.length; i += 2) {
            tokens.put(columnsAndTokens[i], columnsAndTokens[i + 1]);
        }
        return RowImage.of(tokens);
    }

    public Entries source(String name) {
        this.source = name;
        return this;
    }

    public Entries table(String schema, String name) {
        this.table = new TableName(schema, name);
        return this;
    }

    /** Seconds after {@link #START}. */
    public Entries at(long seconds) {
        return at(START.plusSeconds(seconds));
    }

    public Entries at(Instant instant) {
        this.committedAt = instant;
        return this;
    }

    /** The source's own commit time, which is another one. */
    public Entries bySourceAt(Instant instant) {
        this.sourceCommittedAt = instant;
        return this;
    }

    public Entries transaction(@Nullable Long id) {
        this.transactionId = id;
        return this;
    }

    public Entries sequence(long number) {
        this.sequence = number;
        return this;
    }

    public Entries before(String... columnsAndTokens) {
        this.before = image(columnsAndTokens);
        return this;
    }

    public Entries after(String... columnsAndTokens) {
        this.after = image(columnsAndTokens);
        return this;
    }

    public Entries unknown(String... columns) {
        this.unknown = List.of(columns);
        return this;
    }

    public Entries key(String... columns) {
        this.keyColumns = new ArrayList<>(List.of(columns));
        return this;
    }

    public Entries actor(@Nullable String name) {
        this.actor = name;
        return this;
    }

    public AuditEntry entry() {
        return AuditEntry.of(
                new ChangeEvent(
                        source,
                        table,
                        operation,
                        committedAt,
                        transactionId,
                        sequence,
                        "00000000/0A1B2C3D." + sequence,
                        keyColumns,
                        before,
                        after,
                        unknown,
                        null,
                        sourceCommittedAt),
                actor);
    }
}
