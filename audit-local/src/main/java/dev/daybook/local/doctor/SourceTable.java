package dev.daybook.local.doctor;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A table of a source database as far as its capture depends on it. A partition belongs to its
 * table and is none here.
 *
 * @param schema the schema's name, as it is
 * @param name the table's, as it is
 * @param label both, quoted as SQL needs it
 * @param partitioned whether it has partitions
 * @param unlogged whether it is left out of the write-ahead log
 * @param rowsHidden whether row security hides rows of it from the role that captures
 * @param readableByRole whether the role that captures may read it
 * @param publication which of the capture's two publications it is in; null if in none
 * @param changed rows that were updated or deleted, as far as the statistics go back
 * @param members the table, and its partitions that hold rows
 * @param columns in the table's order
 */
record SourceTable(
        String schema,
        String name,
        String label,
        boolean partitioned,
        boolean unlogged,
        boolean rowsHidden,
        boolean readableByRole,
        @Nullable String publication,
        long changed,
        List<Member> members,
        List<Column> columns) {

    /** What DMS keeps in a source begins with this. */
    static final String DMS_PREFIX = "awsdms_";

    /**
     * A relation whose replica identity PostgreSQL asks for.
     *
     * @param label its name, quoted as SQL needs it
     * @param replicaIdentity {@code d}, {@code n}, {@code f} or {@code i}
     * @param primaryKey the primary key's columns by number, or null
     * @param deferrable whether that key is no key to logical replication
     * @param identityIndex the name of the index chosen as replica identity, or null
     * @param identityColumns its columns by number, or null
     */
    record Member(
            String label,
            char replicaIdentity,
            @Nullable String primaryKey,
            boolean deferrable,
            @Nullable String identityIndex,
            @Nullable String identityColumns) {

        /** Returns whether updates and deletes name their row by a key. */
        boolean hasKey() {
            return switch (replicaIdentity) {
                case 'd' -> primaryKey != null && !deferrable;
                case 'i' -> identityIndex != null;
                case 'f' -> primaryKey != null;
                default -> false;
            };
        }

        /** Returns whether PostgreSQL lets updates and deletes be published. */
        boolean hasIdentity() {
            return replicaIdentity == 'f' || hasKey();
        }
    }

    /**
     * A column.
     *
     * @param type the base type's name
     * @param declared the type as declared
     * @param array whether it is an array
     * @param modified whether the type has a length or precision
     * @param generated {@code s} stored, {@code v} virtual, empty for none
     * @param averageBytes of the statistics; 0 where there are none
     */
    record Column(
            String name,
            String type,
            String declared,
            boolean array,
            boolean modified,
            String generated,
            long averageBytes) {

        private static final Set<String> LARGE =
                Set.of(
                        "text",
                        "json",
                        "jsonb",
                        "bytea",
                        "xml",
                        "tsvector",
                        "hstore",
                        "path",
                        "polygon");

        /** Returns whether DMS takes it for a large object, which it carries up to a limit only. */
        boolean isLob() {
            return array || LARGE.contains(type);
        }

        /** Returns whether DMS rounds its values. */
        boolean isUnscaledNumeric() {
            return type.equals("numeric") && !array && !modified;
        }

        @Override
        public String toString() {
            return name + " " + declared;
        }
    }

    private static final String TABLES =
            """
            SELECT c.oid::bigint, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname),
                   c.relkind = 'p', c.relpersistence = 'u',
                   c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls
                       AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE')),
                   has_table_privilege(r.oid, c.oid, 'SELECT')
                       AND has_schema_privilege(r.oid, n.oid, 'USAGE'),
                   coalesce(pg_stat_get_tuples_updated(m.oid), 0)
                       + coalesce(pg_stat_get_tuples_deleted(m.oid), 0),
                   format('%I.%I', mn.nspname, m.relname), m.relreplident::text, p.indkey::text, NOT p.indimmediate,
                   i.indexrelid::regclass::text, i.indkey::text,
                   (SELECT min(u.pubname) FROM pg_publication_rel e JOIN pg_publication u ON u.oid = e.prpubid
                    WHERE e.prrelid = c.oid AND u.pubname IN ('daybook', 'daybook_insert_only'))
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_roles r ON r.rolname = 'ROLE'
            JOIN LATERAL (SELECT c.oid UNION
                          SELECT t.relid FROM pg_partition_tree(c.oid) t WHERE t.isleaf) AS parts (oid) ON true
            JOIN pg_class m ON m.oid = parts.oid AND m.relkind <> 'f'
            JOIN pg_namespace mn ON mn.oid = m.relnamespace
            LEFT JOIN pg_index p ON p.indrelid = m.oid AND p.indisprimary AND p.indisvalid
            LEFT JOIN pg_index i ON i.indrelid = m.oid AND i.indisreplident AND i.indisvalid
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence IN ('p', 'u') AND NOT c.relispartition
              AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
            ORDER BY 4, c.oid <> m.oid, 10
            """;

    private static final String COLUMNS =
            """
            SELECT a.attrelid::bigint, a.attname, b.typname,
                   format_type(a.atttypid, a.atttypmod), b.typcategory = 'A',
                   a.atttypmod >= 0 OR t.typtypmod >= 0, a.attgenerated::text,
                   coalesce(s.avg_width, 0)
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
            LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
                 AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence IN ('p', 'u') AND NOT c.relispartition
              AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
            ORDER BY a.attrelid, a.attnum
            """;

    /**
     * Returns the tables of a database, but for system tables, temporary ones and Daybook's own.
     *
     * @param role the role that captures; it must exist
     */
    static List<SourceTable> read(Connection connection, String role) throws SQLException {
        Map<Long, SourceTable> tables = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement()) {
            String query = TABLES.replace("'ROLE'", "'" + role.replace("'", "''") + "'");
            try (ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    long oid = row.getLong(1);
                    SourceTable known = tables.get(oid);
                    List<Member> members = known == null ? new ArrayList<>() : known.members();
                    members.add(
                            new Member(
                                    row.getString(10),
                                    row.getString(11).charAt(0),
                                    row.getString(12),
                                    row.getBoolean(13),
                                    row.getString(14),
                                    row.getString(15)));
                    tables.put(
                            oid,
                            new SourceTable(
                                    row.getString(2),
                                    row.getString(3),
                                    row.getString(4),
                                    row.getBoolean(5),
                                    row.getBoolean(6),
                                    row.getBoolean(7),
                                    row.getBoolean(8),
                                    row.getString(16),
                                    row.getLong(9) + (known == null ? 0 : known.changed()),
                                    members,
                                    known == null ? new ArrayList<>() : known.columns()));
                }
            }
            try (ResultSet row = statement.executeQuery(COLUMNS)) {
                while (row.next()) {
                    SourceTable table = tables.get(row.getLong(1));
                    if (table != null) {
                        table.columns()
                                .add(
                                        new Column(
                                                row.getString(2),
                                                row.getString(3),
                                                row.getString(4),
                                                row.getBoolean(5),
                                                row.getBoolean(6),
                                                row.getString(7),
                                                row.getLong(8)));
                    }
                }
            }
        }
        return List.copyOf(tables.values());
    }

    /** Returns whether it is one of DMS's own. */
    boolean isDmsArtifact() {
        return name.startsWith(DMS_PREFIX);
    }

    /** Returns whether every row of it has a key that its updates and deletes name. */
    boolean hasKey() {
        return members.stream().allMatch(Member::hasKey);
    }

    /** Returns whether its updates and deletes can be published. */
    boolean hasIdentity() {
        return members.stream().allMatch(Member::hasIdentity);
    }
}
