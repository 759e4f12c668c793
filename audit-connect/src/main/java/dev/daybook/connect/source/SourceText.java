package dev.daybook.connect.source;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Reads bytes that the source did not convert to UTF-8: logical messages, which it takes as they
 * are, and everything in a database whose encoding is SQL_ASCII, that is, not known.
 */
final class SourceText {

    private static final String UTF_8 = "UTF8";
    private static final String UNKNOWN = "SQL_ASCII";

    private SourceText() {}

    /** Returns whether the database does not know what its bytes mean. */
    static boolean isUnknown(Connection connection) throws SQLException {
        return UNKNOWN.equals(encoding(connection));
    }

    /**
     * Returns the text that bytes in the database's encoding stand for; null if they stand for
     * none.
     */
    static @Nullable String decode(byte[] bytes, Connection connection) throws SQLException {
        String encoding = encoding(connection);
        if (encoding.equals(UTF_8) || encoding.equals(UNKNOWN)) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                return null;
            }
        }
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT convert_from(?, ?)")) {
            statement.setBytes(1, bytes);
            statement.setString(2, encoding);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        } catch (SQLException e) {
            if ("22021".equals(e.getSQLState()) || "22P05".equals(e.getSQLState())) {
                return null;
            }
            throw e;
        }
    }

    /** Returns whether bytes are UTF-8. */
    static boolean isUtf8(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] < 0) {
                try {
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes, i, length - i));
                    return true;
                } catch (CharacterCodingException e) {
                    return false;
                }
            }
        }
        return true;
    }

    private static String encoding(Connection connection) throws SQLException {
        String encoding =
                connection.unwrap(PGConnection.class).getParameterStatus("server_encoding");
        return encoding == null ? UTF_8 : encoding;
    }
}
