package dev.daybook.pack;

import dev.daybook.contract.EntryId;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.RejectedRow;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Asks the audit database for what a pack shows, within one transaction that only reads. */
final class AuditRows implements Rows {

    private static final String ENTRY =
            """
            place, seed, id, source, table_name, operation, committed_at, source_committed_at, position, transaction_id, sequence,
            unknown_columns, entity_key, old_entity_key, actor, before::text, after::text""";
    private static final String CONTEXT =
            """
            place, seed, source, transaction_id, committed_at, actor, reason, request_id, attributes::text, login_role""";
    private static final String REJECTED =
            """
            place, seed, id, rejected_at, source, stage, code, topic, partition, record_offset, table_name,
            record_time, reason, record_key, record_value, record_headers::text""";

    private final Connection database;

    AuditRows(Connection database) {
        this.database = database;
    }

    @Override
    public List<Ref> find(PackRequest request, int most) throws SQLException, PackProblem {
        String columns =
                "SELECT place, committed_at, id, source, coalesce(transaction_id, -1) FROM audit.entry WHERE ";
        List<Object> values = new ArrayList<>();
        String sql;
        UUID id = request.entry();
        String table = request.table();
        String key = request.key();
        if (id != null) {
            Instant committedAt = EntryId.committedAt(id);
            if (committedAt == null) {
                return List.of();
            }
            sql = columns + "committed_at = ? AND id = ?";
            values.add(time(committedAt));
            values.add(id);
        } else if (table != null && key != null) {
            sql =
                    columns
                            + of("entity_key", request, table, key, values)
                            + " UNION "
                            + columns
                            + of("old_entity_key", request, table, key, values);
        } else {
            throw new IllegalArgumentException("A pack is about an entry or about a row.");
        }
        List<Ref> refs = new ArrayList<>();
        try (PreparedStatement query = database.prepareStatement(sql + " LIMIT " + (most + 1))) {
            set(query, values);
            query.setFetchSize(2_000);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    refs.add(
                            new Ref(
                                    place(rows),
                                    instant(rows, 2),
                                    rows.getObject(3, UUID.class),
                                    rows.getString(4),
                                    rows.getLong(5)));
                    if (refs.size() > most) {
                        throw new PackProblem(
                                PackProblem.Kind.TOO_LARGE,
                                "There are more than "
                                        + most
                                        + " entries of "
                                        + request.inWords()
                                        + ". Ask for less by --from and --to.");
                    }
                }
            }
        }
        return refs;
    }

    private static long place(ResultSet row) throws SQLException {
        long place = row.getLong(1);
        return row.wasNull() ? NO_PLACE : place;
    }

    private static String of(
            String column, PackRequest request, String table, String key, List<Object> values) {
        values.addAll(List.of(table, key, key));
        String condition =
                "table_name = ? AND left(%1$s, 200) = left(?, 200) AND %1$s = ?".formatted(column);
        if (request.source() != null) {
            condition += " AND source = ?";
            values.add(request.source());
        }
        if (request.from() != null) {
            condition += " AND committed_at >= ?";
            values.add(time(request.from()));
        }
        if (request.to() != null) {
            condition += " AND committed_at < ?";
            values.add(time(request.to()));
        }
        return condition;
    }

    @Override
    public List<Ref> contexts(List<Ref> entries) throws SQLException {
        record Transaction(String source, long number, Instant committedAt) {}
        Set<Transaction> transactions = new LinkedHashSet<>();
        for (Ref entry : entries) {
            if (entry.source() != null && entry.transactionId() >= 0) {
                transactions.add(
                        new Transaction(
                                entry.source(), entry.transactionId(), entry.committedAt()));
            }
        }
        List<Ref> contexts = new ArrayList<>();
        if (transactions.isEmpty()) {
            return contexts;
        }
        try (PreparedStatement query =
                database.prepareStatement(
                        """
                        SELECT place, committed_at, source, transaction_id
                        FROM unnest(?::text[], ?::bigint[], ?::timestamptz[]) AS wanted (of_source, of_number, of_time)
                        JOIN audit.transaction
                          ON source = of_source AND transaction_id = of_number AND committed_at = of_time""")) {
            query.setArray(
                    1, array("text", transactions.stream().map(Transaction::source).toArray()));
            query.setArray(
                    2, array("int8", transactions.stream().map(Transaction::number).toArray()));
            query.setArray(
                    3,
                    array(
                            "timestamptz",
                            transactions.stream()
                                    .map(of -> time(of.committedAt).toString())
                                    .toArray()));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    contexts.add(
                            new Ref(
                                    place(rows),
                                    instant(rows, 2),
                                    null,
                                    rows.getString(3),
                                    rows.getLong(4)));
                }
            }
        }
        return contexts;
    }

    @Override
    public Map<Long, StoredRow> rows(List<Ref> refs) throws SQLException {
        Map<Long, StoredRow> rows = new HashMap<>();
        Map<Object, Ref> later = foundLater(refs);
        List<Ref> entries = refs.stream().filter(ref -> ref.entry() != null).toList();
        List<Ref> contexts = refs.stream().filter(ref -> ref.entry() == null).toList();
        try (PreparedStatement query =
                database.prepareStatement(
                        "SELECT "
                                + ENTRY
                                + "\n"
                                + """
                                 FROM unnest(?::timestamptz[], ?::uuid[]) AS wanted (of_time, of_id)
                                 JOIN audit.entry ON committed_at = of_time AND id = of_id""")) {
            query.setArray(
                    1,
                    array(
                            "timestamptz",
                            entries.stream()
                                    .map(of -> time(of.committedAt()).toString())
                                    .toArray()));
            query.setArray(2, array("uuid", entries.stream().map(Ref::entry).toArray()));
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    put(rows, entry(found), later);
                }
            }
        }
        if (contexts.isEmpty()) {
            return rows;
        }
        try (PreparedStatement query =
                database.prepareStatement(
                        "SELECT "
                                + CONTEXT
                                + "\n"
                                + """
                                 FROM unnest(?::text[], ?::bigint[], ?::timestamptz[]) AS wanted (of_source, of_number, of_time)
                                 JOIN audit.transaction
                                   ON source = of_source AND transaction_id = of_number AND committed_at = of_time""")) {
            query.setArray(1, array("text", contexts.stream().map(Ref::source).toArray()));
            query.setArray(2, array("int8", contexts.stream().map(Ref::transactionId).toArray()));
            query.setArray(
                    3,
                    array(
                            "timestamptz",
                            contexts.stream()
                                    .map(of -> time(of.committedAt()).toString())
                                    .toArray()));
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    put(rows, context(found), later);
                }
            }
        }
        return rows;
    }

    /**
     * A transaction's context: what its reference names it by, the time in microseconds since 1970.
     */
    private record Named(@Nullable String source, long transactionId, long committedAt) {}

    /** Returns the references to rows that were sealed as found, by what names the row. */
    private static Map<Object, Ref> foundLater(List<Ref> refs) {
        Map<Object, Ref> found = new HashMap<>();
        for (Ref ref : refs) {
            if (ref.seed() != null) {
                UUID entry = ref.entry();
                found.put(
                        entry != null
                                ? entry
                                : new Named(
                                        ref.source(),
                                        ref.transactionId(),
                                        ChronoUnit.MICROS.between(
                                                Instant.EPOCH, ref.committedAt())),
                        ref);
            }
        }
        return found;
    }

    /** Adds a row; one that was sealed as found has the place and the seed of its reference. */
    private static void put(Map<Long, StoredRow> rows, StoredRow row, Map<Object, Ref> found) {
        if (row.place() != 0) {
            rows.put(row.place(), row);
            return;
        }
        Ref ref =
                found.get(
                        switch (row.content()) {
                            case StoredRow.Entry(EntryRow entry) -> entry.id();
                            case StoredRow.Context(TransactionRow context) ->
                                    new Named(
                                            context.source(),
                                            context.transactionId(),
                                            context.committedAt());
                            case StoredRow.Rejected(var rejected) -> rejected.id();
                        });
        byte[] seed = ref == null ? null : ref.seed();
        if (ref != null && seed != null) {
            rows.put(ref.place(), row.at(ref.place(), seed));
        }
    }

    @Override
    public Sequence withoutPlace(int table, long from, long to) throws SQLException {
        String times = "%s >= ? AND %1$s <= ? AND place IS NULL ORDER BY %1$s, ";
        String sql =
                switch (table) {
                    case 0 ->
                            ENTRY
                                    + " FROM audit.entry WHERE "
                                    + times.formatted("committed_at")
                                    + "id";
                    case 1 ->
                            CONTEXT
                                    + " FROM audit.transaction WHERE "
                                    + times.formatted("committed_at")
                                    + "source, transaction_id";
                    default ->
                            REJECTED
                                    + " FROM audit.rejected WHERE "
                                    + times.formatted("rejected_at")
                                    + "id";
                };
        PreparedStatement query = database.prepareStatement("SELECT " + sql);
        query.setFetchSize(1_000);
        query.setObject(1, time(Instant.EPOCH.plus(from, ChronoUnit.MICROS)));
        query.setObject(2, time(Instant.EPOCH.plus(to, ChronoUnit.MICROS)));
        ResultSet found = query.executeQuery();
        return new Sequence() {
            @Override
            public @Nullable StoredRow next() throws SQLException {
                if (!found.next()) {
                    return null;
                }
                return switch (table) {
                    case 0 -> entry(found);
                    case 1 -> context(found);
                    default -> rejected(found);
                };
            }

            @Override
            public void close() throws SQLException {
                query.close();
            }
        };
    }

    @Override
    public List<byte[]> segments(List<Long> places) throws SQLException {
        List<byte[]> contents = new ArrayList<>();
        try (PreparedStatement query =
                database.prepareStatement(
                        """
                        SELECT DISTINCT stored.stream, stored.first_offset, stored.part, stored.content
                        FROM unnest(?::bigint[], ?::bigint[]) AS wanted (of_stream, of_offset)
                        CROSS JOIN LATERAL (
                          SELECT max(first_offset) AS first FROM audit.segment
                          WHERE stream = of_stream AND first_offset <= of_offset) AS covering
                        JOIN audit.segment AS stored ON stored.stream = of_stream AND stored.first_offset = covering.first
                        ORDER BY 1, 2, 3""")) {
            query.setArray(1, array("int8", places.stream().map(Place::stream).toArray()));
            query.setArray(2, array("int8", places.stream().map(Place::offset).toArray()));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    contents.add(rows.getBytes(4));
                }
            }
        }
        return contents;
    }

    @Override
    public Sequence all(long firstPlace, long lastPlace, long from, long to) throws SQLException {
        return new Cursors(firstPlace, lastPlace, month(from), month(to + 1));
    }

    private static OffsetDateTime month(long months) {
        return OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC).plusMonths(months);
    }

    /** Rows of the three tables, merged by place. */
    private final class Cursors implements Sequence {

        private final List<PreparedStatement> statements = new ArrayList<>();
        private final List<ResultSet> tables = new ArrayList<>();
        private final long[] next = new long[3];

        private Cursors(long first, long last, OffsetDateTime from, OffsetDateTime to)
                throws SQLException {
            open(
                    ENTRY + " FROM audit.entry WHERE committed_at >= ? AND committed_at < ? AND ",
                    first,
                    last,
                    from,
                    to);
            open(
                    CONTEXT
                            + " FROM audit.transaction WHERE committed_at >= ? AND committed_at < ? AND ",
                    first,
                    last,
                    from,
                    to);
            open(REJECTED + " FROM audit.rejected WHERE ", first, last);
            for (int i = 0; i < next.length; i++) {
                advance(i);
            }
        }

        private void open(String sql, long first, long last, OffsetDateTime... months)
                throws SQLException {
            PreparedStatement query =
                    database.prepareStatement(
                            "SELECT " + sql + "place >= ? AND place <= ? ORDER BY place");
            statements.add(query);
            query.setFetchSize(1_000);
            int parameter = 1;
            for (OffsetDateTime month : months) {
                query.setObject(parameter++, month);
            }
            query.setLong(parameter++, first);
            query.setLong(parameter, last);
            tables.add(query.executeQuery());
        }

        private void advance(int table) throws SQLException {
            next[table] = tables.get(table).next() ? tables.get(table).getLong(1) : Long.MAX_VALUE;
        }

        @Override
        public @Nullable StoredRow next() throws SQLException {
            int least = 0;
            for (int i = 1; i < next.length; i++) {
                least = next[i] < next[least] ? i : least;
            }
            if (next[least] == Long.MAX_VALUE) {
                return null;
            }
            ResultSet found = tables.get(least);
            StoredRow row =
                    switch (least) {
                        case 0 -> entry(found);
                        case 1 -> context(found);
                        default -> rejected(found);
                    };
            advance(least);
            return row;
        }

        @Override
        public void close() throws SQLException {
            for (PreparedStatement statement : statements) {
                statement.close();
            }
        }
    }

    private static StoredRow entry(ResultSet row) throws SQLException {
        long place = row.getLong(1);
        return new StoredRow(
                place,
                seed(row),
                new StoredRow.Entry(
                        new EntryRow(
                                place,
                                row.getObject(3, UUID.class),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6),
                                micros(row, 7),
                                optionalMicros(row, 8),
                                row.getString(9),
                                number(row, 10),
                                row.getLong(11),
                                texts(row.getArray(12)),
                                row.getString(13),
                                row.getString(14),
                                row.getString(15),
                                slice(row.getString(16)),
                                slice(row.getString(17)))));
    }

    private static StoredRow context(ResultSet row) throws SQLException {
        long place = row.getLong(1);
        return new StoredRow(
                place,
                seed(row),
                new StoredRow.Context(
                        new TransactionRow(
                                place,
                                row.getString(3),
                                row.getLong(4),
                                micros(row, 5),
                                row.getString(6),
                                row.getString(7),
                                row.getString(8),
                                slice(row.getString(9)),
                                row.getString(10))));
    }

    private static StoredRow rejected(ResultSet row) throws SQLException {
        long place = row.getLong(1);
        return new StoredRow(
                place,
                seed(row),
                new StoredRow.Rejected(
                        new RejectedRow(
                                place,
                                row.getObject(3, UUID.class),
                                micros(row, 4),
                                row.getString(5),
                                row.getString(6),
                                row.getString(7),
                                row.getString(8),
                                number(row, 9),
                                number(row, 10),
                                row.getString(11),
                                optionalMicros(row, 12),
                                row.getString(13),
                                row.getBytes(14),
                                row.getBytes(15),
                                slice(row.getString(16)))));
    }

    private static byte[] seed(ResultSet row) throws SQLException {
        byte[] seed = row.getBytes(2);
        // A row without a seed gives another hash than it was sealed with, as it must.
        return seed == null ? new byte[0] : seed;
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? null : (Long) number;
    }

    private static @Nullable Slice slice(@Nullable String json) {
        return json == null ? null : new Slice(json.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? null : List.of((String[]) array.getArray());
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Long optionalMicros(ResultSet row, int column) throws SQLException {
        return row.getObject(column) == null ? null : (Long) micros(row, column);
    }

    private static long micros(ResultSet row, int column) throws SQLException {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant(row, column));
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private Array array(String type, @Nullable Object[] values) throws SQLException {
        return database.createArrayOf(type, values);
    }

    private static void set(PreparedStatement query, List<Object> values) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            query.setObject(i + 1, values.get(i));
        }
    }
}
