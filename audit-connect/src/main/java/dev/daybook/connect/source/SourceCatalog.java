package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;
import dev.daybook.source.SourceConnections;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the WAL does not say about tables, from the source's catalog: names of types, what a domain
 * is made of, and the order of a key's columns. Not for use by several threads.
 */
final class SourceCatalog implements StreamCatalog, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SourceCatalog.class);

    private record Type(String name, int baseOid) {}

    private static final String TYPES =
            """
            SELECT coalesce(format_type(c.type::oid, c.modifier), 'unknown'), coalesce(b.oid::int8, c.type)
            FROM unnest(?::int8[], ?::int4[]) WITH ORDINALITY AS c (type, modifier, place)
            LEFT JOIN LATERAL (
                WITH RECURSIVE base AS (
                    SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t WHERE t.oid = c.type::oid
                    UNION ALL
                    SELECT t.oid, t.typtype, t.typbasetype FROM base d JOIN pg_type t ON t.oid = d.typbasetype
                    WHERE d.typtype = 'd')
                SELECT oid FROM base WHERE typtype <> 'd') AS b ON true
            ORDER BY c.place
            """;

    private static final String NOT_NULL =
            "SELECT attname FROM pg_attribute"
                    + " WHERE attrelid = ? AND attnum > 0 AND NOT attisdropped AND attnotnull";

    private static final String KEY =
            """
            SELECT a.attname
            FROM pg_index i
            CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ? AND CASE WHEN ? = 'i' THEN i.indisreplident ELSE i.indisprimary END
            ORDER BY k.place
            """;

    private static final String FORMER_KEY =
            "SELECT key_columns FROM daybook.former_key"
                    + " WHERE relid = ? AND until > ?::pg_lsn ORDER BY until LIMIT 1";

    private final SourceConnections connections;
    private @Nullable Connection connection;

    SourceCatalog(SourceConnections connections) {
        this.connections = connections;
    }

    @Override
    public TableShape shape(Relation relation, long lsn) throws SQLException {
        String[] names = relation.names();
        boolean[] flagged = relation.flagged();
        Set<String> notNull = notNull(relation.id());
        List<TableShape.Column> columns = new ArrayList<>(names.length);
        List<Type> ofColumns = types(relation.types(), relation.modifiers());
        for (int i = 0; i < names.length; i++) {
            Type type = ofColumns.get(i);
            columns.add(
                    new TableShape.Column(
                            names[i],
                            ValueKind.of(type.baseOid()),
                            type.name(),
                            ValueKind.dmsWord(type.baseOid()),
                            !notNull.contains(names[i]),
                            flagged[i]));
        }
        return new TableShape(
                relation.id(), relation.schema(), relation.table(), columns, key(relation, lsn));
    }

    /**
     * Returns the key's columns. The stream says which columns they are, as of the change; the
     * catalog says in which order, and alone knows the key of a table with a full identity.
     */
    private int[] key(Relation relation, long lsn) throws SQLException {
        if (relation.identity() == 'n') {
            return new int[0];
        }
        List<String> inOrder = formerKey(relation.id(), lsn);
        if (inOrder == null) {
            inOrder = key(relation.id(), relation.identity());
        }
        List<String> all = Arrays.asList(relation.names());
        Set<String> flagged = new HashSet<>();
        for (int i = 0; i < all.size(); i++) {
            if (relation.flagged()[i]) {
                flagged.add(all.get(i));
            }
        }
        boolean agrees =
                relation.identity() == 'f'
                        ? all.containsAll(inOrder)
                        : flagged.equals(new HashSet<>(inOrder));
        if (agrees) {
            return inOrder.stream().mapToInt(all::indexOf).toArray();
        }
        if (relation.identity() == 'f') {
            return new int[0];
        }
        // The key has changed since, unnoted; the stream's word counts, in the columns' own order.
        return all.stream().filter(flagged::contains).mapToInt(all::indexOf).toArray();
    }

    /** Returns the key that a table had at a position, or null if it is today's. */
    private @Nullable List<String> formerKey(int relationId, long lsn) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement(FORMER_KEY)) {
            statement.setLong(1, Integer.toUnsignedLong(relationId));
            statement.setString(2, Lsn.sql(lsn));
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? List.of((String[]) rows.getArray(1).getArray()) : null;
            }
        }
    }

    private List<String> key(int relationId, char identity) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (PreparedStatement statement = connection().prepareStatement(KEY)) {
            statement.setLong(1, Integer.toUnsignedLong(relationId));
            statement.setString(2, String.valueOf(identity));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                }
            }
        }
        return columns;
    }

    private Set<String> notNull(int relationId) throws SQLException {
        Set<String> names = new HashSet<>();
        try (PreparedStatement statement = connection().prepareStatement(NOT_NULL)) {
            statement.setLong(1, Integer.toUnsignedLong(relationId));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    /** Reads the types' names each time: a type may have been renamed since it was last named. */
    private List<Type> types(int[] oids, int[] modifiers) throws SQLException {
        Connection current = connection();
        Object[] types = Arrays.stream(oids).mapToObj(Integer::toUnsignedLong).toArray();
        Object[] boxed = Arrays.stream(modifiers).boxed().toArray();
        try (PreparedStatement statement = current.prepareStatement(TYPES)) {
            statement.setArray(1, current.createArrayOf("int8", types));
            statement.setArray(2, current.createArrayOf("int4", boxed));
            try (ResultSet rows = statement.executeQuery()) {
                List<Type> result = new ArrayList<>(oids.length);
                while (rows.next()) {
                    result.add(new Type(rows.getString(1), (int) rows.getLong(2)));
                }
                return result;
            }
        }
    }

    @Override
    public @Nullable String text(byte[] bytes) throws SQLException {
        return SourceText.decode(bytes, connection());
    }

    /** Returns the connection, opened when first needed and again once it broke. */
    Connection connection() throws SQLException {
        Connection current = connection;
        if (current == null || current.isClosed()) {
            current = connections.open();
            connection = current;
        }
        return current;
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                LOG.debug("Closing a connection failed.", e);
            }
        }
    }
}
