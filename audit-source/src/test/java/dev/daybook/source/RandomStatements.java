package dev.daybook.source;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Statements of an application and of those who look after its database, drawn from a seed. They
 * know what is committed in a database, so that most of them succeed.
 */
final class RandomStatements {

    /** Who sees a statement. */
    enum Audience {
        BOTH,
        /** An administrator's hand on the capture, which a database without one does not have. */
        CAPTURED_ALONE
    }

    /**
     * One statement.
     *
     * @param session the number of the session that runs it
     */
    record Step(int session, String sql, Audience audience) {}

    private static final String OBJECTS =
            """
            SELECT CASE c.relkind WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'p' THEN 'parted' ELSE 'table' END,
                   format('%I.%I', n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'i', 'I') AND n.nspname IN ('public', 'app', 'app2')
            UNION ALL
            SELECT 'constraint', format('ALTER TABLE %s DROP CONSTRAINT %I', o.conrelid::regclass, o.conname)
            FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'app', 'app2')
            UNION ALL
            SELECT 'unique', format('%s USING INDEX %I', i.indrelid::regclass, x.relname)
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace
            WHERE i.indisunique AND n.nspname IN ('public', 'app', 'app2')
            UNION ALL
            SELECT 'child', format('%s|%s', h.inhparent::regclass, h.inhrelid::regclass)
            FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhparent WHERE c.relkind = 'p'
            ORDER BY 1, 2
            """;

    private static final String[] TABLES = {"t0", "t1", "t2", "t3", "t4", "app.u0", "\"T 5\""};
    private static final String[] COLUMNS = {"id", "k", "v", "g", "d", "e"};

    /** What an application may set for itself, and what reads a text or a plan otherwise. */
    private static final String[] SETTINGS = {
        "standard_conforming_strings = off",
        "standard_conforming_strings = on",
        "escape_string_warning = off",
        "backslash_quote = off",
        "quote_all_identifiers = on",
        "transform_null_equals = on",
        "array_nulls = off",
        "row_security = off",
        "bytea_output = 'escape'",
        "\"DateStyle\" = 'ISO, DMY'",
        "\"IntervalStyle\" = 'sql_standard'",
        "\"TimeZone\" = 'Asia/Kolkata'",
        "plpgsql.extra_errors = 'all'",
        "enable_indexscan = off",
        "enable_hashjoin = off",
        "min_parallel_table_scan_size = 0",
        "parallel_setup_cost = 0",
        "default_transaction_isolation = 'serializable'",
        "default_transaction_isolation = 'read committed'",
        "default_transaction_isolation = 'read committed'",
        "ROLE hinder_app",
        "ROLE NONE",
        "ROLE NONE",
        "ROLE NONE"
    };

    private final Random random;
    private final int sessions;
    private final int version;
    private final List<Supplier<String>> choices = new ArrayList<>();

    private List<String> tables = List.of();
    private List<String> parted = List.of();
    private List<String> indexes = List.of();
    private List<String> constraints = List.of();
    private List<String> uniques = List.of();
    private List<String> children = List.of();

    /**
     * Makes a source of statements.
     *
     * @param version the server's {@code server_version_num}
     */
    RandomStatements(long seed, int sessions, int version) {
        this.random = new Random(seed);
        this.sessions = sessions;
        this.version = version;
        tables();
        alterations();
        typesAndSchemas();
        data();
        transactions();
    }

    /** Learns what is committed in a database. */
    void look(Connection observer) throws SQLException {
        Map<String, List<String>> found = new HashMap<>();
        try (Statement statement = observer.createStatement();
                ResultSet rows = statement.executeQuery(OBJECTS)) {
            while (rows.next()) {
                found.computeIfAbsent(rows.getString(1), kind -> new ArrayList<>())
                        .add(rows.getString(2));
            }
        }
        tables = found.getOrDefault("table", List.of());
        parted = found.getOrDefault("parted", List.of());
        indexes = found.getOrDefault("index", List.of());
        constraints = found.getOrDefault("constraint", List.of());
        uniques = found.getOrDefault("unique", List.of());
        children = found.getOrDefault("child", List.of());
    }

    /** The next statement. */
    Step next() {
        int session = random.nextInt(sessions);
        if (random.nextInt(60) == 0) {
            return new Step(session, byHand(), Audience.CAPTURED_ALONE);
        }
        return new Step(session, choices.get(random.nextInt(choices.size())).get(), Audience.BOTH);
    }

    private void tables() {
        add(6, () -> "CREATE TABLE " + fresh() + " (" + columns(true) + ")");
        add(1, () -> "CREATE UNLOGGED TABLE " + fresh() + " (" + columns(true) + ")");
        add(1, () -> "CREATE TEMP TABLE tmp" + random.nextInt(3) + " (" + columns(true) + ")");
        add(1, () -> "CREATE TABLE " + fresh() + " AS SELECT 1 AS id, 2 AS k, 'x'::text AS v");
        add(1, () -> "SELECT 1 AS id, 2 AS k, 'x'::text AS v INTO " + fresh());
        add(1, () -> "CREATE TABLE " + fresh() + " (LIKE " + table() + " INCLUDING ALL)");
        add(2, () -> "CREATE TABLE " + fresh() + " (" + key() + ") INHERITS (" + table() + ")");
        add(
                3,
                () ->
                        "CREATE TABLE "
                                + fresh()
                                + " ("
                                + columns(false)
                                + partedKey()
                                + ") PARTITION BY "
                                + by());
        add(
                6,
                () ->
                        "CREATE TABLE "
                                + fresh()
                                + " PARTITION OF "
                                + root()
                                + bounds()
                                + maybe(" PARTITION BY " + by(), 6));
        add(2, () -> "ALTER TABLE " + root() + " ATTACH PARTITION " + table() + bounds());
        add(2, () -> detach(""));
        add(1, () -> detach(" CONCURRENTLY"));
        add(3, () -> "DROP TABLE " + table() + maybe(" CASCADE", 2));
        add(1, () -> "DROP TABLE " + table() + ", " + table() + " CASCADE");
        add(1, () -> "TRUNCATE " + table() + maybe(" CASCADE", 2));
        add(1, () -> "CREATE VIEW w" + random.nextInt(3) + " AS SELECT * FROM " + table());
        add(1, () -> "DROP VIEW IF EXISTS w" + random.nextInt(3) + " CASCADE");
    }

    private void alterations() {
        add(3, () -> alter(" ADD COLUMN " + column()));
        add(2, () -> alter(" ADD COLUMN " + generated()));
        add(2, () -> alter(" DROP COLUMN " + pick(COLUMNS) + maybe(" CASCADE", 2)));
        add(1, () -> alter(" RENAME COLUMN " + pick(COLUMNS) + " TO " + pick(COLUMNS)));
        add(
                1,
                () ->
                        alter(
                                " ALTER COLUMN "
                                        + pick(COLUMNS)
                                        + " TYPE "
                                        + pick("bigint", "text", "int")));
        add(
                1,
                () ->
                        alter(
                                " ALTER COLUMN "
                                        + pick(COLUMNS)
                                        + pick(
                                                " SET NOT NULL",
                                                " DROP NOT NULL",
                                                " DROP EXPRESSION",
                                                " DROP DEFAULT",
                                                " SET DEFAULT 3",
                                                " ADD GENERATED ALWAYS AS IDENTITY",
                                                " DROP IDENTITY")));
        add(1, () -> alter(" ALTER COLUMN g SET EXPRESSION AS (k * 3)"));
        add(1, () -> alter(" RENAME TO " + pick("t0", "t1", "t2", "t3", "t4")));
        add(1, () -> alter(" SET SCHEMA " + pick("public", "app", "app2")));
        add(3, () -> persistence());
        add(2, () -> alter(" SET LOGGED"));
        add(
                3,
                () ->
                        alter(
                                " ADD PRIMARY KEY ("
                                        + pick("id", "id", "k", "id, k")
                                        + ")"
                                        + maybe(" DEFERRABLE", 4)));
        add(1, () -> alter(" ADD UNIQUE (" + pick("id", "k", "d") + ")"));
        add(
                4,
                () ->
                        existing(constraints, "ALTER TABLE t0 DROP CONSTRAINT t0_pkey")
                                + maybe(" CASCADE", 3));
        add(
                1,
                () ->
                        "ALTER TABLE "
                                + existing(uniques, "t0 USING INDEX t0_pkey")
                                        .replace(" USING", " ADD PRIMARY KEY USING"));
        add(4, () -> alter(" REPLICA IDENTITY " + pick("DEFAULT", "FULL", "FULL", "NOTHING")));
        add(
                3,
                () ->
                        "ALTER TABLE "
                                + existing(uniques, "t0 USING INDEX t0_pkey")
                                        .replace(" USING", " REPLICA IDENTITY USING"));
        add(
                1,
                () ->
                        alter(
                                pick(
                                        " ENABLE ROW LEVEL SECURITY",
                                        " SET (fillfactor = 50)",
                                        " ALTER v SET STATISTICS 5",
                                        " OWNER TO hinder_app",
                                        " OWNER TO postgres",
                                        " DISABLE TRIGGER ALL")));
        add(1, () -> alter(pick(" INHERIT ", " NO INHERIT ") + table()));
        add(
                3,
                () ->
                        "CREATE UNIQUE INDEX "
                                + concurrently()
                                + "ON "
                                + table()
                                + " ("
                                + pick("id", "k", "id, k")
                                + ")");
        add(
                1,
                () ->
                        "CREATE INDEX "
                                + concurrently()
                                + "ON "
                                + table()
                                + " ("
                                + pick(COLUMNS)
                                + ")");
        add(3, () -> "DROP INDEX " + concurrently() + existing(indexes, "t0_id_idx"));
        add(
                1,
                () ->
                        "ALTER INDEX "
                                + existing(indexes, "t0_id_idx")
                                + " RENAME TO ix"
                                + random.nextInt(5));
        add(1, () -> "REINDEX TABLE " + table());
        add(1, () -> "VACUUM " + maybe("FULL ", 2) + table());
        add(1, () -> "COMMENT ON TABLE " + table() + " IS 'x'");
        add(
                1,
                () ->
                        pick("GRANT", "REVOKE")
                                + " SELECT ON "
                                + table()
                                + pick(" TO", " FROM")
                                + " hinder_app");
    }

    private void typesAndSchemas() {
        add(1, () -> "CREATE TYPE kind AS ENUM ('x', 'y')");
        add(1, () -> "CREATE DOMAIN number AS int");
        add(
                1,
                () ->
                        "CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2'");
        add(
                2,
                () ->
                        "DROP "
                                + pick("TYPE kind", "DOMAIN number", "FUNCTION twice(int)")
                                + maybe(" CASCADE", 2));
        add(
                1,
                () ->
                        "CREATE SCHEMA app"
                                + maybe(" CREATE TABLE u0 (id int PRIMARY KEY, k int, v text)", 2));
        add(1, () -> "DROP SCHEMA " + pick("app", "app2") + maybe(" CASCADE", 2));
        add(
                1,
                () ->
                        "ALTER SCHEMA "
                                + pick(
                                        "app RENAME TO app2",
                                        "app2 RENAME TO app",
                                        "app OWNER TO hinder_app"));
        add(
                1,
                () ->
                        pick(
                                "DROP OWNED BY hinder_app CASCADE",
                                "REASSIGN OWNED BY hinder_app TO postgres"));
        add(1, () -> "CREATE PUBLICATION theirs FOR " + pick("ALL TABLES", "TABLE " + table()));
        add(3, () -> "DROP PUBLICATION theirs");
    }

    private void data() {
        add(
                10,
                () ->
                        "INSERT INTO "
                                + table()
                                + " (id, k, v) VALUES ("
                                + number()
                                + ", "
                                + number()
                                + ", 'a')"
                                + maybe(" ON CONFLICT DO NOTHING", 3));
        add(2, () -> "INSERT INTO " + table() + " DEFAULT VALUES");
        add(
                2,
                () ->
                        "INSERT INTO "
                                + table()
                                + " (id, k) SELECT g, g FROM generate_series(1, 5) g ON CONFLICT (id) DO UPDATE SET k = excluded.k + 1");
        add(
                14,
                () ->
                        "UPDATE "
                                + table()
                                + " SET "
                                + pick("v = 'b'", "k = " + number(), "id = id + 1"));
        add(6, () -> "UPDATE " + table() + " SET v = 'c' WHERE id = " + number());
        add(8, () -> "DELETE FROM " + table() + " WHERE " + pick("id", "k") + " = " + number());
        add(2, () -> "DELETE FROM ONLY " + table());
        add(
                2,
                () ->
                        "MERGE INTO "
                                + table()
                                + " m USING (VALUES (1), (2)) AS n (id) ON m.id = n.id WHEN MATCHED THEN "
                                + pick("DELETE", "UPDATE SET v = 'm'")
                                + " WHEN NOT MATCHED THEN INSERT (id) VALUES (n.id)");
        add(2, () -> "SELECT count(*) FROM " + table());
        add(2, () -> "SELECT * FROM " + table() + " LIMIT 2 FOR " + pick("UPDATE", "SHARE"));
        add(
                2,
                () ->
                        "LOCK TABLE "
                                + table()
                                + " IN "
                                + pick(
                                        "ACCESS SHARE",
                                        "ROW EXCLUSIVE",
                                        "SHARE",
                                        "SHARE ROW EXCLUSIVE",
                                        "EXCLUSIVE",
                                        "ACCESS EXCLUSIVE")
                                + " MODE");
        add(3, () -> "SELECT daybook.set_context('anna', 'because')");
    }

    private void transactions() {
        add(
                10,
                () ->
                        "BEGIN"
                                + pick(
                                        "",
                                        "",
                                        "",
                                        " ISOLATION LEVEL REPEATABLE READ",
                                        " ISOLATION LEVEL SERIALIZABLE",
                                        " READ ONLY"));
        add(1, () -> "BEGIN READ ONLY");
        add(20, () -> "COMMIT");
        add(4, () -> "ROLLBACK");
        add(1, () -> "SAVEPOINT s");
        add(1, () -> "ROLLBACK TO s");
        add(1, () -> "PREPARE TRANSACTION '%s'");
        add(2, () -> pick("COMMIT", "ROLLBACK") + " PREPARED '%s'");
        add(1, () -> "SET session_replication_role = " + pick("replica", "origin", "origin"));
        add(1, () -> "SET search_path = " + pick("public", "public, app", "app, public"));
        add(1, () -> "DISCARD " + pick("PLANS", "TEMP", "SEQUENCES"));
        add(8, () -> "SET " + pick(SETTINGS));
        if (version >= 170000) {
            add(
                    2,
                    () ->
                            "SET event_triggers = off; "
                                    + existing(
                                            constraints, "ALTER TABLE t0 DROP CONSTRAINT t0_pkey")
                                    + "; SET event_triggers = on");
        }
    }

    private String byHand() {
        return switch (random.nextInt(6)) {
            case 0 -> "ALTER PUBLICATION daybook DROP TABLE " + table();
            case 1 -> "ALTER PUBLICATION daybook ADD TABLE " + table();
            case 2 -> "ALTER PUBLICATION daybook_insert_only ADD TABLE " + table();
            case 3 ->
                    "ALTER PUBLICATION daybook_insert_only SET (publish = '"
                            + pick("insert", "insert, update, delete")
                            + "')";
            case 4 ->
                    "ALTER PUBLICATION "
                            + pick("daybook", "daybook_insert_only")
                            + " ADD TABLES IN SCHEMA "
                            + pick("public", "app");
            default ->
                    "ALTER PUBLICATION daybook SET (publish_via_partition_root = "
                            + pick("true", "false")
                            + ")";
        };
    }

    private String persistence() {
        String sql = alter(" SET UNLOGGED");
        return switch (random.nextInt(5)) {
            case 0 -> "DO $$ BEGIN EXECUTE '" + sql + "'; END $$";
            case 1 -> sql.toLowerCase(Locale.ROOT).replace("\"t 5\"", "\"T 5\"");
            case 2 -> sql.replace("ALTER TABLE", "alter /* all */ table if exists") + ", ADD x int";
            case 3 -> sql.replace("ALTER TABLE ", "ALTER TABLE ONLY ").replace(" SET", " SET\n");
            default -> sql;
        };
    }

    private String detach(String how) {
        String[] pair = existing(children, "t0|t1").split("\\|", -1);
        return "ALTER TABLE " + pair[0] + " DETACH PARTITION " + pair[1] + how;
    }

    private String alter(String what) {
        return "ALTER TABLE " + maybe("ONLY ", 12) + table() + what;
    }

    private String columns(boolean withKey) {
        return (withKey && random.nextBoolean()
                        ? "id int, "
                        : "id int" + (withKey ? " PRIMARY KEY, " : ", "))
                + "k int, v text"
                + maybe(", " + generated(), 5)
                + maybe(", " + column(), 5);
    }

    private String generated() {
        return "g int GENERATED ALWAYS AS ("
                + pick("k * 2", "k * 2", "twice(k)")
                + ") "
                + (version >= 180000 && random.nextBoolean() ? "VIRTUAL" : "STORED")
                + maybe(" UNIQUE", 8);
    }

    private String column() {
        return pick(
                "d number",
                "d number UNIQUE",
                "e kind",
                "e kind PRIMARY KEY",
                "v text",
                "k int",
                "id int PRIMARY KEY",
                "d int GENERATED BY DEFAULT AS IDENTITY",
                "d int GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
    }

    private String key() {
        return pick("", "PRIMARY KEY (id)", "e int");
    }

    private String partedKey() {
        return pick(
                "", ", PRIMARY KEY (id)", ", PRIMARY KEY (id)", ", PRIMARY KEY (id) DEFERRABLE");
    }

    private String by() {
        return pick("RANGE (id)", "RANGE (id)", "LIST (id)");
    }

    private String bounds() {
        int from = random.nextInt(4) * 10;
        return pick(
                " DEFAULT",
                " FOR VALUES IN (" + from + ")",
                " FOR VALUES FROM (" + from + ") TO (" + (from + 10) + ")",
                " FOR VALUES FROM (" + from + ") TO (" + (from + 10) + ")");
    }

    private String concurrently() {
        return maybe("CONCURRENTLY ", 6);
    }

    private String fresh() {
        return TABLES[random.nextInt(TABLES.length)];
    }

    private String table() {
        return random.nextInt(3) == 0 ? root() : existing(tables, fresh());
    }

    private String root() {
        return existing(parted, fresh());
    }

    /** One of those that exist, or at times one that perhaps does not. */
    private String existing(List<String> names, String otherwise) {
        return names.isEmpty() || random.nextInt(12) == 0
                ? otherwise
                : names.get(random.nextInt(names.size()));
    }

    private int number() {
        return random.nextInt(40);
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String maybe(String text, int oneIn) {
        return random.nextInt(oneIn) == 0 ? text : "";
    }

    private void add(int weight, Supplier<String> choice) {
        for (int i = 0; i < weight; i++) {
            choices.add(choice);
        }
    }
}
