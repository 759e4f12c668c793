package dev.daybook.connect.sink;

import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** Binds the parameters of a statement in their order, rows as one array per column. */
final class ArrayParameters {

    private final PreparedStatement statement;
    private final Connection connection;
    private int parameter;

    ArrayParameters(PreparedStatement statement) throws SQLException {
        this.statement = statement;
        this.connection = statement.getConnection();
    }

    void text(String value) throws SQLException {
        statement.setString(++parameter, value);
    }

    void number(long value) throws SQLException {
        statement.setLong(++parameter, value);
    }

    <T> void texts(Collection<T> rows, Function<T, @Nullable String> column) throws SQLException {
        @Nullable String[] values = new @Nullable String[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("text", values));
    }

    /** Binds times, given as microseconds since 1970, as texts that a timestamptz reads. */
    <T> void times(Collection<T> rows, ToLongFunction<T> column) throws SQLException {
        texts(rows, row -> WireTime.text(column.applyAsLong(row)));
    }

    <T> void bytes(Collection<T> rows, Function<T, byte @Nullable []> column) throws SQLException {
        byte @Nullable [][] values = new byte[rows.size()][];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("bytea", values));
    }

    /** Binds bytes and not texts: decoding them here would repair what the database must reject. */
    <T> void json(Collection<T> rows, Function<T, @Nullable JsonSlice> column) throws SQLException {
        byte[][] values = new byte[rows.size()][];
        int i = 0;
        for (T row : rows) {
            JsonSlice slice = column.apply(row);
            if (slice != null) {
                values[i] = slice.copy();
            }
            i++;
        }
        statement.setArray(++parameter, connection.createArrayOf("bytea", values));
    }

    <T> void longs(Collection<T> rows, Function<T, @Nullable Long> column) throws SQLException {
        @Nullable Long[] values = new @Nullable Long[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("int8", values));
    }

    <T> void integers(Collection<T> rows, Function<T, @Nullable Integer> column)
            throws SQLException {
        @Nullable Integer[] values = new @Nullable Integer[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("int4", values));
    }

    <T> void booleans(Collection<T> rows, Predicate<T> column) throws SQLException {
        Boolean[] values = new Boolean[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.test(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("bool", values));
    }

    /** Returns PostgreSQL's text of a text array. */
    static @Nullable String arrayText(@Nullable List<String> elements) {
        if (elements == null) {
            return null;
        }
        StringBuilder text = new StringBuilder("{");
        for (String element : elements) {
            text.append(text.length() == 1 ? "\"" : ",\"");
            for (int i = 0; i < element.length(); i++) {
                char c = element.charAt(i);
                if (c == '"' || c == '\\') {
                    text.append('\\');
                }
                text.append(c);
            }
            text.append('"');
        }
        return text.append('}').toString();
    }
}
