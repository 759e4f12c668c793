package dev.daybook.connect.source.replication;

import dev.daybook.connect.source.replication.FilteringSocketFactory.FilteredSocket;
import dev.daybook.source.SourceConnections;

import org.postgresql.PGProperty;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Properties;

/** A connection that speaks the replication protocol, and its socket. */
public record ReplicationConnection(Connection connection, FilteredSocket socket) {

    /**
     * Opens a connection whose socket leaves out values that are too large.
     *
     * @param maxValueBytes the longest value, as text, that is received
     */
    public static ReplicationConnection open(SourceConnections connections, int maxValueBytes)
            throws SQLException {
        Properties properties = new Properties();
        String argument = FilteringSocketFactory.argument(maxValueBytes);
        PGProperty.SOCKET_FACTORY.set(properties, FilteringSocketFactory.class.getName());
        PGProperty.SOCKET_FACTORY_ARG.set(properties, argument);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "15");
        // A server that does not know what its bytes mean is to hand them over as they are.
        PGProperty.ALLOW_ENCODING_CHANGES.set(properties, true);
        PGProperty.RECEIVE_BUFFER_SIZE.set(properties, 1 << 20);
        Connection connection;
        FilteredSocket socket;
        try {
            connection = connections.open(properties);
        } finally {
            socket = FilteringSocketFactory.made(argument);
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE"
                            + " current_setting('server_encoding') = 'SQL_ASCII'");
        }
        return new ReplicationConnection(connection, Objects.requireNonNull(socket));
    }
}
