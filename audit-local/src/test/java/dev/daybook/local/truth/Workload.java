package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Random transactions of several connections at once: inserts, upserts, updates, key changes,
 * deletes, truncations, COPY, savepoints and rollbacks, long and large transactions, DDL between
 * and within them.
 *
 * <p>The seed decides what each connection does; how the connections interleave is up to the
 * machine. A transaction that the database refuses (a deadlock, a key that is there) is rolled back
 * and the next one goes on; when the database goes away the connection is made again.
 */
final class Workload {

    /** What the database is expected to refuse now and then: classes of SQLSTATE. */
    private static final List<String> REFUSALS = List.of("22", "23", "25", "40", "42", "55");

    private final SourceServer source;
    private final long seed;
    private final AtomicInteger committed = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger reconnected = new AtomicInteger();
    private final AtomicInteger tables = new AtomicInteger();
    private final List<Future<?>> workers = new ArrayList<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("workload-", 0).factory());
    private volatile boolean stopping;
    private volatile boolean contexts;
    private volatile int pauseMicros;

    Workload(SourceServer source, long seed) {
        this.source = source;
        this.seed = seed;
    }

    /** Makes the tables, with the oracle watching them. */
    static void prepare(Connection connection) throws SQLException {
        Oracle.install(connection);
        try (InputStream script = Workload.class.getResourceAsStream("workload.sql");
                Statement statement = connection.createStatement()) {
            if (script == null) {
                throw new IllegalStateException("workload.sql is not beside Workload.class.");
            }
            statement.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Slows each connection down to about this many microseconds between transactions. */
    Workload pausing(int micros) {
        pauseMicros = micros;
        return this;
    }

    /** From now on transactions say who makes them: the source has {@code daybook.set_context}. */
    Workload sayWho() {
        contexts = true;
        return this;
    }

    /** Waits until so many transactions have been committed, or a connection has given up. */
    void awaitCommitted(int transactions) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (committed.get() < transactions && workers.stream().noneMatch(Future::isDone)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("The workload stands still: " + this);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /**
     * Starts connections that work until each has committed so many transactions, and until {@link
     * #finish}.
     */
    Workload start(int connections, int transactions) {
        for (int i = 0; i < connections; i++) {
            int number = i;
            workers.add(threads.submit(() -> new Worker(number).run(transactions)));
        }
        return this;
    }

    /** Lets each connection finish what it still has to do, and waits for it. */
    void finish() throws Exception {
        stopping = true;
        pauseMicros = 0;
        for (Future<?> worker : workers) {
            worker.get(180, TimeUnit.SECONDS);
        }
        threads.shutdown();
    }

    @Override
    public String toString() {
        return "seed %d: %d transactions committed, %d refused, %d reconnections, %d tables created"
                .formatted(seed, committed.get(), refused.get(), reconnected.get(), tables.get());
    }

    int committed() {
        return committed.get();
    }

    private record Col(String name, String type, boolean nullable, boolean key) {}

    private record Table(String name, List<Col> columns, boolean mayUpdate) {

        List<Col> key() {
            return columns.stream().filter(Col::key).toList();
        }

        /** How a statement names rows, and the columns of a list of them. */
        String rowId() {
            return key().isEmpty()
                    ? "ctid"
                    : key().stream()
                            .map(c -> quote(c.name()))
                            .collect(Collectors.joining(", ", "(", ")"));
        }

        String rowIds() {
            return key().isEmpty()
                    ? "ctid"
                    : key().stream().map(c -> quote(c.name())).collect(Collectors.joining(", "));
        }
    }

    private static String quote(String identifier) {
        return "\"" + identifier.replace("\"", "\"\"") + "\"";
    }

    /** One connection's work. */
    private final class Worker {

        private final int number;
        private final Random random;
        private final Values values;

        Worker(int number) {
            this.number = number;
            this.random = new Random(seed * 1_000 + number);
            this.values = new Values(random);
        }

        Void run(int transactions) throws Exception {
            int done = 0;
            long deadline = 0;
            while (done < transactions || !stopping) {
                try (Connection connection = source.connect()) {
                    deadline = 0;
                    connection.setAutoCommit(false);
                    try (Statement settings = connection.createStatement()) {
                        settings.execute(
                                "set lock_timeout = '300ms'; set timezone = 'Asia/Kolkata'");
                    }
                    connection.commit();
                    while (done < transactions || !stopping) {
                        if (transaction(connection, done)) {
                            done++;
                        }
                        // Who has done its work goes on slowly, so that something always happens.
                        int pause = done < transactions ? pauseMicros : 20_000;
                        if (pause > 0 && !stopping) {
                            LockSupport.parkNanos(random.nextInt(2 * pause) * 1_000L);
                        }
                    }
                } catch (SQLException e) {
                    if (deadline == 0) {
                        deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                        reconnected.incrementAndGet();
                    } else if (System.nanoTime() > deadline) {
                        throw e;
                    }
                    LockSupport.parkNanos(20_000_000);
                }
            }
            return null;
        }

        /** Runs a transaction; whether it was committed. */
        private boolean transaction(Connection connection, int done) throws SQLException {
            try {
                if (random.nextInt(100) < 60) {
                    say(connection);
                }
                work(connection, done);
                if (random.nextInt(10) == 0) {
                    connection.rollback();
                    return false;
                }
                connection.commit();
                committed.incrementAndGet();
                return true;
            } catch (SQLException e) {
                String state = e.getSQLState();
                if (state == null || REFUSALS.stream().noneMatch(state::startsWith)) {
                    throw e;
                }
                connection.rollback();
                refused.incrementAndGet();
                if (state.equals("42601") || state.equals("42883")) {
                    throw new IllegalStateException("The workload itself is wrong.", e);
                }
                return false;
            }
        }

        /** What every run has to do comes round by number, the rest by chance. */
        private void work(Connection connection, int done) throws SQLException {
            if (number == 0 && done % 40 == 7) {
                newTable(connection);
            } else if (number == 0 && done % 8 == 3) {
                ddl(connection);
            } else if (done % 30 == 11) {
                copy(connection);
            } else {
                switch (random.nextInt(40)) {
                    case 0 -> large(connection);
                    case 1 -> lengthy(connection);
                    case 2 -> onlyContext(connection);
                    default -> statements(connection, 1 + random.nextInt(6));
                }
            }
        }

        private void statements(Connection connection, int count) throws SQLException {
            for (int i = 0; i < count; i++) {
                if (random.nextInt(4) == 0) {
                    Savepoint savepoint = connection.setSavepoint();
                    boolean undone = random.nextInt(5) < 2;
                    try {
                        statements(connection, 1 + random.nextInt(2));
                        if (random.nextInt(10) == 0) {
                            say(connection);
                        }
                    } catch (SQLException e) {
                        if (e.getSQLState() == null
                                || !REFUSALS.contains(e.getSQLState().substring(0, 2))
                                || connection.isClosed()) {
                            throw e;
                        }
                        undone = true;
                    }
                    if (undone) {
                        connection.rollback(savepoint);
                    } else {
                        connection.releaseSavepoint(savepoint);
                    }
                } else {
                    statement(connection);
                }
            }
        }

        private void statement(Connection connection) throws SQLException {
            Table table = table(connection);
            int dice = random.nextInt(100);
            if (dice < 40 || !table.mayUpdate() && dice < 98) {
                insert(connection, table, 1 + random.nextInt(3));
            } else if (dice < 78) {
                update(connection, table, 1 + random.nextInt(4));
            } else if (dice < 85) {
                moveKey(connection, table);
            } else if (dice < 97) {
                delete(connection, table, 1 + random.nextInt(4));
            } else if (dice < 98) {
                moveRows(connection);
            } else {
                truncate(connection, table);
            }
        }

        /** Many rows in one transaction, so that it streams and spills. */
        private void large(Connection connection) throws SQLException {
            Table table = table(connection);
            insert(connection, table, 40 + random.nextInt(80));
            if (table.mayUpdate()) {
                update(connection, table, 100);
                delete(connection, table, 20);
            }
        }

        /** A transaction that stays open while others come and go. */
        private void lengthy(Connection connection) throws SQLException {
            insert(connection, table(connection), 2);
            execute(connection, "select pg_sleep(0.%d)".formatted(1 + random.nextInt(6)));
            statements(connection, 2);
        }

        private void say(Connection connection) throws SQLException {
            if (!contexts) {
                return;
            }
            List<@Nullable String> said = new ArrayList<>();
            said.add(
                    List.of("anna", "boris", "job/nightly", "Ünal \"x\"", " x")
                            .get(random.nextInt(5)));
            said.add(random.nextBoolean() ? null : values.text());
            said.add(random.nextBoolean() ? null : "request-" + random.nextInt(1_000));
            said.add(
                    random.nextBoolean()
                            ? null
                            : "{\"ip\": \"10.0.0." + random.nextInt(256) + "\", \"n\": [1, 2.50]}");
            execute(connection, "select daybook.set_context(?, ?, ?, ?::jsonb)", said);
            execute(connection, "select oracle.note_context(?, ?, ?, ?::jsonb)", said);
        }

        /** A transaction that says who it is and does nothing. */
        private void onlyContext(Connection connection) throws SQLException {
            if (contexts) {
                say(connection);
            } else {
                statement(connection);
            }
        }

        private void insert(Connection connection, Table table, int rows) throws SQLException {
            List<Col> columns =
                    table.columns().stream()
                            .filter(c -> c.key() || !c.nullable() || random.nextInt(5) > 0)
                            .toList();
            List<@Nullable String> arguments = new ArrayList<>();
            List<String> tuples = new ArrayList<>();
            for (int i = 0; i < rows; i++) {
                columns.forEach(c -> arguments.add(value(c)));
                tuples.add(
                        columns.stream()
                                .map(c -> "?::" + c.type())
                                .collect(Collectors.joining(", ", "(", ")")));
            }
            String into =
                    "insert into "
                            + table.name()
                            + (columns.isEmpty()
                                    ? ""
                                    : columns.stream()
                                            .map(c -> quote(c.name()))
                                            .collect(Collectors.joining(", ", " (", ")")));
            String conflict = "";
            if (!table.key().isEmpty() && (rows > 3 || random.nextInt(4) > 0)) {
                List<Col> changed = columns.stream().filter(c -> !c.key()).toList();
                conflict =
                        changed.isEmpty() || rows > 1 || random.nextBoolean()
                                ? " on conflict do nothing"
                                : changed.stream()
                                        .map(
                                                c ->
                                                        quote(c.name())
                                                                + " = excluded."
                                                                + quote(c.name()))
                                        .collect(
                                                Collectors.joining(
                                                        ", ",
                                                        " on conflict ("
                                                                + table.rowIds()
                                                                + ") do update set ",
                                                        ""));
            }
            execute(
                    connection,
                    columns.isEmpty()
                            ? into + " default values"
                            : into + " values " + String.join(", ", tuples) + conflict,
                    columns.isEmpty() ? List.of() : arguments);
        }

        private void update(Connection connection, Table table, int rows) throws SQLException {
            List<Col> plain = table.columns().stream().filter(c -> !c.key()).toList();
            if (plain.isEmpty()) {
                return;
            }
            List<Col> changed = plain.stream().filter(c -> random.nextInt(3) == 0).toList();
            if (changed.isEmpty()) {
                changed = List.of(plain.get(random.nextInt(plain.size())));
            }
            List<@Nullable String> arguments = new ArrayList<>();
            changed.forEach(c -> arguments.add(value(c)));
            // Now and then to what it was: an update all the same.
            boolean same = random.nextInt(10) == 0;
            execute(
                    connection,
                    changed.stream()
                            .map(
                                    c ->
                                            quote(c.name())
                                                    + " = "
                                                    + (same ? quote(c.name()) : "?::" + c.type()))
                            .collect(
                                    Collectors.joining(
                                            ", ",
                                            "update " + table.name() + " set ",
                                            some(table, rows))),
                    same ? List.of() : arguments);
        }

        private void moveKey(Connection connection, Table table) throws SQLException {
            if (table.key().isEmpty()) {
                return;
            }
            List<Col> moved = table.key().stream().filter(c -> random.nextBoolean()).toList();
            if (moved.isEmpty()) {
                moved = table.key();
            }
            List<@Nullable String> arguments = new ArrayList<>();
            moved.forEach(c -> arguments.add(value(c)));
            execute(
                    connection,
                    moved.stream()
                            .map(c -> quote(c.name()) + " = ?::" + c.type())
                            .collect(
                                    Collectors.joining(
                                            ", ",
                                            "update " + table.name() + " set ",
                                            some(table, 1))),
                    arguments);
        }

        private void delete(Connection connection, Table table, int rows) throws SQLException {
            execute(connection, "delete from " + table.name() + some(table, rows));
        }

        /** Rows go from one table to another in one statement. */
        private void moveRows(Connection connection) throws SQLException {
            execute(
                    connection,
                    """
                    with gone as (delete from app.account where id in (select id from app.account limit 2) returning id, note)
                    insert into app.ledger (account, delta, note) select id, -id, note from gone\
                    """);
        }

        private void truncate(Connection connection, Table table) throws SQLException {
            String also =
                    random.nextInt(3) == 0 && !table.name().equals("\"app\".\"ledger\"")
                            ? ", app.ledger"
                            : "";
            execute(connection, "truncate " + table.name() + also);
            insert(connection, table, 1);
        }

        private void copy(Connection connection) throws SQLException {
            String rows =
                    java.util.stream.IntStream.range(0, 5 + random.nextInt(40))
                            .mapToObj(
                                    i ->
                                            "copied "
                                                    + random.nextInt(100)
                                                    + "\t"
                                                    + "{\"i\": "
                                                    + i
                                                    + "}\n")
                            .collect(Collectors.joining());
            try {
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn("copy app.event (kind, detail) from stdin", new StringReader(rows));
            } catch (IOException e) {
                throw new SQLException(e.getMessage(), "08006", e);
            }
        }

        private void ddl(Connection connection) throws SQLException {
            Table table = table(connection, List.of("account", "line", "doc", "profile", "event"));
            if (random.nextBoolean()) {
                insert(connection, table, 2);
            }
            List<Col> added =
                    table.columns().stream().filter(c -> c.name().startsWith("x")).toList();
            int id = random.nextInt(1_000_000);
            switch (random.nextInt(6)) {
                case 0, 1 ->
                        execute(
                                connection,
                                "alter table %s add column x%d %s"
                                        .formatted(
                                                table.name(),
                                                id,
                                                List.of(
                                                                "int",
                                                                "int not null default 7",
                                                                "text default 'new'",
                                                                "app.mood",
                                                                "numeric(8, 2)",
                                                                "timestamptz default"
                                                                        + " clock_timestamp()")
                                                        .get(random.nextInt(6))));
                case 2 -> {
                    if (!added.isEmpty()) {
                        execute(
                                connection,
                                "alter table %s drop column %s"
                                        .formatted(table.name(), quote(added.getFirst().name())));
                    }
                }
                case 3 -> {
                    if (!added.isEmpty()) {
                        execute(
                                connection,
                                "alter table %s rename column %s to x%d"
                                        .formatted(
                                                table.name(), quote(added.getLast().name()), id));
                    }
                }
                case 4 -> {
                    for (Col column : added) {
                        String wider =
                                switch (column.type()) {
                                    case "integer" -> "bigint";
                                    case "bigint" -> "numeric";
                                    case "numeric(8,2)" -> "numeric";
                                    case "numeric", "app.mood" -> "text";
                                    default -> "";
                                };
                        if (!wider.isEmpty()) {
                            execute(
                                    connection,
                                    "alter table %s alter column %s type %s"
                                            .formatted(table.name(), quote(column.name()), wider));
                            break;
                        }
                    }
                }
                default -> execute(connection, "alter table app.account alter small type bigint");
            }
            Table after = table(connection, List.of(table.name().replace("\"", "").substring(4)));
            insert(connection, after, 2);
            if (after.mayUpdate()) {
                update(connection, after, 3);
            }
        }

        /** A table that the capture has never heard of, and rows in it at once. */
        private void newTable(Connection connection) throws SQLException {
            String name = "t_" + number + "_" + tables.incrementAndGet();
            execute(
                    connection,
                    "create table app.%s (id int primary key, name text, amount numeric, x1 app.mood)"
                            .formatted(name));
            execute(connection, "select oracle.watch('app.%s')".formatted(name));
            Table table = table(connection, List.of(name));
            insert(connection, table, 3);
            update(connection, table, 1);
            if (random.nextBoolean()) {
                connection.commit();
                insert(connection, table, 2);
                delete(connection, table, 1);
            }
        }

        /** The tail of a statement on some rows, wherever they lie. */
        private String some(Table table, int rows) {
            return " where %s in (select %s from %s offset %d limit %d)"
                    .formatted(
                            table.rowId(), table.rowIds(), table.name(), random.nextInt(12), rows);
        }

        private @Nullable String value(Col column) {
            return column.key()
                    ? values.key(column.type())
                    : values.of(column.type(), column.nullable());
        }

        private Table table(Connection connection) throws SQLException {
            return table(connection, List.of());
        }

        /** One of the tables of that name, or of all, as it is now. */
        private Table table(Connection connection, List<String> names) throws SQLException {
            List<Table> found = new ArrayList<>();
            try (PreparedStatement query =
                    connection.prepareStatement(
                            """
                            select c.relname, c.relreplident = 'f' or i.indexrelid is not null as may_update,
                                   a.attname, format_type(a.atttypid, a.atttypmod) as type,
                                   not a.attnotnull as nullable,
                                   coalesce(a.attnum = any (i.indkey::int2[]), false) as key
                            from pg_class c
                            join pg_namespace n on n.oid = c.relnamespace
                            left join pg_index i on i.indrelid = c.oid and i.indisprimary
                            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                            where n.nspname = 'app' and c.relkind in ('r', 'p') and not c.relispartition
                              and c.relname <> 'marker' and (cardinality(?::text[]) = 0 or c.relname = any (?::text[]))
                            order by c.relname, a.attnum\
                            """)) {
                java.sql.Array array = connection.createArrayOf("text", names.toArray());
                query.setArray(1, array);
                query.setArray(2, array);
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        String name = quote("app") + "." + quote(row.getString("relname"));
                        if (found.isEmpty() || !found.getLast().name().equals(name)) {
                            found.add(
                                    new Table(
                                            name, new ArrayList<>(), row.getBoolean("may_update")));
                        }
                        found.getLast()
                                .columns()
                                .add(
                                        new Col(
                                                row.getString("attname"),
                                                row.getString("type"),
                                                row.getBoolean("nullable"),
                                                row.getBoolean("key")));
                    }
                }
            }
            return found.get(random.nextInt(found.size()));
        }

        private void execute(Connection connection, String sql) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        private void execute(Connection connection, String sql, List<@Nullable String> arguments)
                throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < arguments.size(); i++) {
                    statement.setString(i + 1, arguments.get(i));
                }
                statement.execute();
            }
        }
    }
}
