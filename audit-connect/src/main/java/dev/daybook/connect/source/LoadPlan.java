package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceState.Load;
import dev.daybook.connect.source.SourceState.SnapshotPoint;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * How a table's rows are read: the COPY command and what its fields are.
 *
 * <p>Before the table's own columns stand up to three fields that say which point a row belongs to,
 * where it lies, and which of its values are too large to be read.
 */
final class LoadPlan {

    private static final String COLUMNS =
            """
            SELECT a.attname, a.atttypid::int8, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                   coalesce(k.place, 0), b.oid::int8, a.attlen = -1 AND a.attstorage <> 'p' AND t.large
            FROM pg_attribute a
            JOIN (SELECT c.oid, c.relreplident, c.relkind, coalesce((
                      SELECT sum(pg_relation_size(l.reltoastrelid)) FROM pg_class l
                      WHERE l.reltoastrelid <> 0 AND (l.oid = c.oid OR l.oid IN
                            (SELECT p.relid FROM pg_partition_tree(c.oid) p WHERE p.isleaf))), 0) > ? AS large
                  FROM pg_class c WHERE c.oid = ?) AS t ON t.oid = a.attrelid
            LEFT JOIN LATERAL (
                SELECT p.place FROM pg_index i
                CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS p (attnum, place)
                WHERE i.indrelid = a.attrelid AND p.attnum = a.attnum AND i.indisvalid
                  AND CASE t.relreplident WHEN 'i' THEN i.indisreplident WHEN 'f' THEN i.indisprimary
                           WHEN 'd' THEN i.indisprimary AND i.indimmediate ELSE false END
                LIMIT 1) AS k ON true
            CROSS JOIN LATERAL (
                WITH RECURSIVE base AS (
                    SELECT y.oid, y.typtype, y.typbasetype FROM pg_type y WHERE y.oid = a.atttypid
                    UNION ALL
                    SELECT y.oid, y.typtype, y.typbasetype FROM base d JOIN pg_type y ON y.oid = d.typbasetype
                    WHERE d.typtype = 'd')
                SELECT oid FROM base WHERE typtype <> 'd') AS b
            WHERE a.attnum > 0 AND NOT a.attisdropped
              AND (a.attgenerated = '' OR a.attgenerated = 's'
                   AND current_setting('server_version_num')::int >= 180000)
            ORDER BY a.attnum
            """;

    private static final String ESTIMATE =
            """
            SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::int8
            FROM pg_class c
            WHERE c.relkind NOT IN ('p', 'f') AND (c.oid = ? OR c.oid IN
                  (SELECT p.relid FROM pg_partition_tree(?::int8::oid) p WHERE p.isleaf))
            """;

    private static final String LEAVES =
            """
            SELECT format('%I.%I', n.nspname, c.relname), c.relkind = 'f'
            FROM pg_partition_tree(?::int8::oid) p
            JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE p.isleaf
            """;

    /**
     * The table's row type has its name, and unlike its row in pg_class is not written again by a
     * GRANT.
     */
    private static final String DEFINITION =
            """
            WITH RECURSIVE used (oid) AS (
                SELECT a.atttypid FROM pg_attribute a
                WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped
                UNION
                SELECT part.oid
                FROM used JOIN pg_type y ON y.oid = used.oid
                CROSS JOIN LATERAL (
                    VALUES (y.typbasetype), (y.typelem)
                    UNION ALL
                    SELECT r.rngsubtype FROM pg_range r WHERE y.oid IN (r.rngtypid, r.rngmultitypid)
                    UNION ALL
                    SELECT a.atttypid FROM pg_attribute a
                    WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS part (oid)
                WHERE part.oid <> 0)
            SELECT coalesce(max(POINT), LAST)
            FROM (
                SELECT a.xmin FROM pg_attribute a WHERE a.attrelid = ? AND a.attnum > 0
                UNION ALL
                SELECT y.xmin FROM pg_class c JOIN pg_type y ON y.oid = c.reltype WHERE c.oid = ?
                UNION ALL
                SELECT e.xmin FROM used JOIN pg_enum e ON e.enumtypid = used.oid
                UNION ALL
                SELECT a.xmin
                FROM used JOIN pg_type y ON y.oid = used.oid
                JOIN pg_attribute a ON a.attrelid = y.typrelid AND a.attnum > 0) AS t
            """;

    /** The best that PostgreSQL's compression does: below it, no value can be too large. */
    private static final int BEST_COMPRESSION = 100;

    private final TableShape shape;
    private final String sql;
    private final long estimatedRows;
    private final List<SnapshotPoint> points;
    private final boolean hasPoint;
    private final boolean hasAddress;
    private final boolean hasLarge;

    private LoadPlan(
            TableShape shape,
            String sql,
            long estimatedRows,
            List<SnapshotPoint> points,
            boolean hasPoint,
            boolean hasAddress,
            boolean hasLarge) {
        this.shape = shape;
        this.sql = sql;
        this.estimatedRows = estimatedRows;
        this.points = points;
        this.hasPoint = hasPoint;
        this.hasAddress = hasAddress;
        this.hasLarge = hasLarge;
    }

    /**
     * A row that comes twice, from the stream and here, is one row with two entries if it has a
     * key; without one it would be two rows. So the rows of a table without a key are all of one
     * point, behind which the stream goes on: the first, and the others are left out, which the
     * stream has; or if the table was altered since, so that an old row may look new, the last.
     *
     * <p>A row is not of a point from before its table was defined as it is now: it looked
     * different then, and would not be known as the record that it was read as.
     *
     * @param known the points that rows may belong to, oldest first, with the stream having
     *     everything that was written after the first; the last is the snapshot that they are read
     *     under
     */
    static LoadPlan of(
            Connection connection, Load load, List<SnapshotPoint> known, int maxValueBytes)
            throws SQLException {
        List<TableShape.Column> columns = new ArrayList<>();
        List<long[]> key = new ArrayList<>();
        List<String> large = new ArrayList<>();
        StringBuilder list = new StringBuilder();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setLong(1, maxValueBytes / BEST_COMPRESSION);
            statement.setLong(2, load.relid());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = rows.getString(1);
                    int base = (int) rows.getLong(6);
                    long place = rows.getLong(5);
                    if (place > 0) {
                        key.add(new long[] {place, columns.size()});
                    }
                    String column = "t." + TableLoader.identifier(name);
                    list.append(", ");
                    if (rows.getBoolean(7) && place == 0) {
                        String size = sizeOf(column, base, maxValueBytes);
                        list.append("CASE WHEN ")
                                .append(size)
                                .append(" IS NULL THEN ")
                                .append(column)
                                .append(" END");
                        large.add("'" + columns.size() + ":' || " + size);
                    } else {
                        list.append(column);
                    }
                    columns.add(
                            new TableShape.Column(
                                    name,
                                    ValueKind.of(base),
                                    rows.getString(3),
                                    ValueKind.dmsWord(base),
                                    !rows.getBoolean(4),
                                    place > 0));
                }
            }
        }
        int[] keyColumns =
                key.stream()
                        .sorted((a, b) -> Long.compare(a[0], b[0]))
                        .mapToInt(k -> (int) k[1])
                        .toArray();
        TableShape shape =
                new TableShape(
                        (int) load.relid(), load.schema(), load.table(), columns, keyColumns);
        long estimate;
        try (PreparedStatement statement = connection.prepareStatement(ESTIMATE)) {
            statement.setLong(1, load.relid());
            statement.setLong(2, load.relid());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                estimate = row.getLong(1);
            }
        }
        StringBuilder fields = new StringBuilder();
        boolean hasAddress = keyColumns.length == 0;
        int defined = known.size() == 1 ? 0 : definedAt(connection, load, known);
        boolean firstOnly =
                hasAddress
                        && known.size() > 1
                        && defined == 0
                        && !wasAltered(connection, load, known);
        List<SnapshotPoint> points =
                !hasAddress
                        ? known.subList(defined, known.size())
                        : List.of(known.get(firstOnly ? 0 : known.size() - 1));
        boolean hasPoint = points.size() > 1;
        if (hasPoint) {
            fields.append(", ").append(pointOf(points));
        }
        if (hasAddress) {
            fields.append(", '(' || t.tableoid::int8 || ':' || substr(t.ctid::text, 2)");
        }
        if (!large.isEmpty()) {
            fields.append(", concat_ws(',', ").append(String.join(", ", large)).append(')');
        }
        fields.append(list);
        String from = " FROM " + rowsOf(connection, load, columns) + " AS t";
        String sql =
                "COPY (SELECT "
                        + (fields.isEmpty() ? "" : fields.substring(2))
                        + from
                        + (firstOnly ? " WHERE " + pointOf(firstAndLast(known)) + " = 0" : "")
                        + ") TO STDOUT";
        return new LoadPlan(shape, sql, estimate, points, hasPoint, hasAddress, !large.isEmpty());
    }

    /**
     * Returns SQL for a table's own rows: those of its partitions too, but for rows that lie
     * elsewhere.
     */
    static String rowsOf(Connection connection, Load load, List<TableShape.Column> columns)
            throws SQLException {
        if (!load.partitioned()) {
            return "ONLY " + TableLoader.sqlName(load);
        }
        StringBuilder list = new StringBuilder("tableoid, ctid, xmin");
        columns.forEach(c -> list.append(", ").append(TableLoader.identifier(c.name())));
        List<String> local = new ArrayList<>();
        boolean foreign = false;
        try (PreparedStatement statement = connection.prepareStatement(LEAVES)) {
            statement.setLong(1, load.relid());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    if (rows.getBoolean(2)) {
                        foreign = true;
                    } else {
                        local.add("SELECT " + list + " FROM ONLY " + rows.getString(1));
                    }
                }
            }
        }
        if (!foreign) {
            return TableLoader.sqlName(load);
        }
        return local.isEmpty()
                ? "ONLY " + TableLoader.sqlName(load)
                : "(" + String.join(" UNION ALL ", local) + ")";
    }

    /**
     * Returns the number of the first point whose snapshot sees all that makes the table's rows
     * what they are now, but for what is written in them: its name, its columns, and the types of
     * these.
     */
    private static int definedAt(Connection connection, Load load, List<SnapshotPoint> points)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        DEFINITION
                                .replace("POINT", pointOf(points))
                                .replace("LAST", Integer.toString(points.size() - 1)))) {
            for (int i = 1; i <= 3; i++) {
                statement.setLong(i, load.relid());
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    /** Returns whether the table was altered since the first point, and may have been rewritten. */
    private static boolean wasAltered(Connection connection, Load load, List<SnapshotPoint> points)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT coalesce(max("
                                + pointOf(firstAndLast(points))
                                + "), 1) FROM pg_class AS t WHERE t.oid = ? OR t.oid IN (SELECT"
                                + " p.relid FROM pg_partition_tree(?::int8::oid) AS p)")) {
            statement.setLong(1, load.relid());
            statement.setLong(2, load.relid());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getInt(1) != 0;
            }
        }
    }

    private static List<SnapshotPoint> firstAndLast(List<SnapshotPoint> points) {
        return List.of(points.get(0), points.get(points.size() - 1));
    }

    /** Returns SQL for a value's length as text if it is too large, and null if it is not. */
    private static String sizeOf(String column, int baseType, int maxValueBytes) {
        String length =
                switch (baseType) {
                    case 17 -> "octet_length(" + column + ") * 2::int8 + 2";
                    case 25, 1042, 1043 -> "octet_length(" + column + ")";
                    default -> "octet_length(" + column + "::text)";
                };
        // The stored size is cheap to ask for, and a small one cannot belong to a large value.
        return "CASE WHEN pg_column_size("
                + column
                + ") > "
                + maxValueBytes / BEST_COMPRESSION
                + " AND "
                + length
                + " > "
                + maxValueBytes
                + " THEN "
                + length
                + " END";
    }

    /** Returns SQL for the number of the first point whose snapshot sees the row. */
    private static String pointOf(List<SnapshotPoint> points) {
        StringBuilder sql = new StringBuilder("CASE");
        // A row's xmin has 32 bits; the row is older than the newest transaction.
        String next = "pg_snapshot_xmax(pg_current_snapshot())::text::int8";
        String full = "((" + next + " >> 32) << 32) + t.xmin::text::int8";
        String xid =
                "("
                        + full
                        + " - CASE WHEN "
                        + full
                        + " >= "
                        + next
                        + " THEN 4294967296 ELSE 0 END)";
        for (int i = 0; i < points.size() - 1; i++) {
            sql.append(" WHEN t.xmin::text::int8 < 3 OR pg_visible_in_snapshot(greatest(")
                    .append(xid)
                    .append(", 3)::text::xid8, '")
                    .append(points.get(i).snapshot())
                    .append("'::pg_snapshot) THEN ")
                    .append(i);
        }
        return sql.append(" ELSE ").append(points.size() - 1).append(" END").toString();
    }

    TableShape shape() {
        return shape;
    }

    String sql() {
        return sql;
    }

    long estimatedRows() {
        return estimatedRows;
    }

    /** Returns how many fields a row has. */
    int fields() {
        return prefix() + shape.columns.size();
    }

    private int prefix() {
        return (hasPoint ? 1 : 0) + (hasAddress ? 1 : 0) + (hasLarge ? 1 : 0);
    }

    /** Takes the leading fields off a row, and returns the point that it belongs to. */
    SnapshotPoint split(Tuple fields, Tuple row, RecordPosition position) {
        int next = 0;
        SnapshotPoint of = points.get(points.size() - 1);
        if (hasPoint) {
            of = points.get(Integer.parseInt(text(fields, next++)));
        }
        if (hasAddress) {
            position.rowAddress = text(fields, next++).getBytes(StandardCharsets.US_ASCII);
        }
        String large = hasLarge ? text(fields, next++) : "";
        int count = shape.columns.size();
        row.reset(fields.bytes, count);
        System.arraycopy(fields.states, next, row.states, 0, count);
        System.arraycopy(fields.offsets, next, row.offsets, 0, count);
        System.arraycopy(fields.lengths, next, row.lengths, 0, count);
        if (!large.isEmpty()) {
            for (String value : large.split(",", -1)) {
                int colon = value.indexOf(':');
                long length = Long.parseLong(value.substring(colon + 1));
                // The writer leaves a value of such a length out without looking at it.
                row.set(
                        Integer.parseInt(value.substring(0, colon)),
                        Tuple.TEXT,
                        0,
                        (int) Math.min(length, Integer.MAX_VALUE));
            }
        }
        return of;
    }

    private static String text(Tuple fields, int field) {
        return new String(
                fields.bytes, fields.offsets[field], fields.lengths[field], StandardCharsets.UTF_8);
    }
}
