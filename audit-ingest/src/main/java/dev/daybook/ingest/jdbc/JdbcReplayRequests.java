package dev.daybook.ingest.jdbc;

import dev.daybook.contract.RecordMember.Rejected;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.change.ReplayRequest;
import dev.daybook.ingest.change.ReplayRequests;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Reads requests from the audit database, with the right to read alone. One connection stays open:
 * it holds the lock by which one instance of several asks.
 */
final class JdbcReplayRequests implements ReplayRequests, AutoCloseable {

    private static final String LOCK =
            "select pg_try_advisory_lock(hashtextextended('daybook replays of ' || ?, 0))";

    private static final String OPEN =
            """
            select *
              from (select first.*, sum(octet_length(record_value)) over (
                               order by requested_at, replay_id) - octet_length(record_value) as before
                      from (select *
                              from audit.open_replay
                             where replay_id <> all (?)
                             order by requested_at, replay_id
                             limit ?) as first) as request
             where before is null or before < ?
             order by requested_at, replay_id\
            """;

    /** How many bytes of records are read at once, and then one record more. */
    private static final int MOST_BYTES = 16 << 20;

    private final JdbcTableCatalog.ConnectionSource database;
    private final String applicationId;

    private @Nullable Connection connection;
    private boolean locked;

    JdbcReplayRequests(JdbcTableCatalog.ConnectionSource database, String applicationId) {
        this.database = database;
        this.applicationId = applicationId;
    }

    @Override
    public synchronized List<ReplayRequest> open(Set<UUID> but, int limit) throws SQLException {
        try {
            Connection open = connection == null ? database.connect() : connection;
            connection = open;
            return isLocked(open) ? read(open, but, limit) : List.of();
        } catch (SQLException e) {
            close();
            throw e;
        }
    }

    private boolean isLocked(Connection open) throws SQLException {
        if (!locked) {
            try (PreparedStatement lock = open.prepareStatement(LOCK)) {
                lock.setString(1, applicationId);
                try (ResultSet row = lock.executeQuery()) {
                    locked = row.next() && row.getBoolean(1);
                }
            }
        }
        return locked;
    }

    private static List<ReplayRequest> read(Connection open, Set<UUID> but, int limit)
            throws SQLException {
        List<ReplayRequest> requests = new ArrayList<>();
        try (PreparedStatement statement = open.prepareStatement(OPEN)) {
            statement.setArray(1, open.createArrayOf("uuid", but.toArray()));
            statement.setInt(2, limit);
            statement.setInt(3, MOST_BYTES);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    requests.add(request(row));
                }
            }
        }
        return requests;
    }

    private static ReplayRequest request(ResultSet row) throws SQLException {
        String topic = row.getString("topic");
        OffsetDateTime time = row.getObject("record_time", OffsetDateTime.class);
        return new ReplayRequest(
                row.getObject("replay_id", UUID.class),
                row.getObject("rejected_id", UUID.class),
                topic == null
                        ? null
                        : new Place(topic, row.getInt("partition"), row.getLong("record_offset")),
                row.getBytes("record_key"),
                row.getBytes("record_value"),
                headers(row.getString("record_headers")),
                time == null ? null : time.toInstant().toEpochMilli());
    }

    /** Reads headers as the rejected record has them; null where they are not kept. */
    static Incoming.@Nullable Headers headers(@Nullable String json) {
        if (json == null) {
            return null;
        }
        JsonScanner scanner = new JsonScanner(new TextCache());
        KeptHeaders headers = new KeptHeaders();
        try {
            scanner.reset(json.getBytes(StandardCharsets.UTF_8));
            scanner.beginArray();
            while (scanner.nextElement()) {
                Map<String, @Nullable String> members = new LinkedHashMap<>();
                scanner.beginObject();
                for (String member = scanner.nextMember();
                        member != null;
                        member = scanner.nextMember()) {
                    members.put(member, scanner.readNull() ? null : scanner.readString());
                }
                String name = members.get(Rejected.HEADER_NAME);
                String value = members.get(Rejected.HEADER_VALUE);
                headers.add(
                        name == null ? "" : name,
                        value == null ? null : Base64.getDecoder().decode(value));
            }
            scanner.expectEnd();
            return headers;
        } catch (JsonProblem | IllegalArgumentException notOurs) {
            // The record is then looked for in its topic.
            return null;
        }
    }

    @Override
    public synchronized void close() {
        Connection open = connection;
        connection = null;
        locked = false;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                // It was lost before.
            }
        }
    }
}
