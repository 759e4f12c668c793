package dev.daybook.local.pipeline;

import dev.daybook.contract.Scope;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Makes, lists and revokes keys of the API in the audit database, which keeps their hashes. */
public final class ApiKeys {

    /** The role that may write them. */
    public static final String OWNER = "daybook_owner";

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * A key as it is listed, without itself.
     *
     * @param scopes what its caller may do
     * @param tables patterns of the tables that its caller may see
     * @param expiresAt when it ends, or null
     * @param lastUsedAt when it was used, to about a minute, or null
     * @param revokedAt null while it is valid
     */
    public record Key(
            UUID id,
            String name,
            List<String> scopes,
            List<String> tables,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable Instant lastUsedAt,
            @Nullable Instant revokedAt) {}

    private ApiKeys() {}

    /** Makes a key; it is nowhere but in what this returns. */
    public static String create(
            Connection audit,
            String name,
            Set<Scope> scopes,
            List<String> tables,
            @Nullable Instant expiresAt)
            throws SQLException {
        byte[] random = new byte[24];
        RANDOM.nextBytes(random);
        String key = "dbk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        try (PreparedStatement insert =
                audit.prepareStatement(
                        """
                        INSERT INTO audit.api_key (id, name, key_sha256, scopes, tables, expires_at)
                        VALUES (gen_random_uuid(), ?, ?, ?, ?, ?)
                        """)) {
            insert.setString(1, name);
            insert.setBytes(2, sha256(key));
            insert.setArray(
                    3,
                    audit.createArrayOf(
                            "text", scopes.stream().map(Scope::word).sorted().toArray()));
            insert.setArray(4, audit.createArrayOf("text", tables.toArray()));
            insert.setObject(5, expiresAt == null ? null : expiresAt.atOffset(ZoneOffset.UTC));
            insert.executeUpdate();
        }
        return key;
    }

    /** Makes a key known under a name, unless it is known already. */
    static void register(Connection audit, String name, String key) throws SQLException {
        try (PreparedStatement insert =
                audit.prepareStatement(
                        """
                        INSERT INTO audit.api_key (id, name, key_sha256)
                        VALUES (gen_random_uuid(), ?, ?)
                        ON CONFLICT (key_sha256) DO NOTHING
                        """)) {
            insert.setString(1, name);
            insert.setBytes(2, sha256(key));
            insert.executeUpdate();
        }
    }

    /** Returns all keys, the oldest first. */
    public static List<Key> list(Connection audit) throws SQLException {
        List<Key> keys = new ArrayList<>();
        try (Statement statement = audit.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT id, name, scopes, tables, created_at, expires_at,"
                                        + " last_used_at, revoked_at FROM audit.api_key ORDER"
                                        + " BY created_at, id")) {
            while (row.next()) {
                keys.add(
                        new Key(
                                row.getObject(1, UUID.class),
                                row.getString(2),
                                List.of((String[]) row.getArray(3).getArray()),
                                List.of((String[]) row.getArray(4).getArray()),
                                row.getObject(5, OffsetDateTime.class).toInstant(),
                                instant(row, 6),
                                instant(row, 7),
                                instant(row, 8)));
            }
        }
        return keys;
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** Revokes a key; false if there is no valid one of that number. */
    public static boolean revoke(Connection audit, UUID id) throws SQLException {
        try (PreparedStatement update =
                audit.prepareStatement(
                        "UPDATE audit.api_key SET revoked_at = now() WHERE id = ? AND revoked_at IS"
                                + " NULL")) {
            update.setObject(1, id);
            return update.executeUpdate() == 1;
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
