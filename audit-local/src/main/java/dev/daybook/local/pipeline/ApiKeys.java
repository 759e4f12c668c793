package dev.daybook.local.pipeline;

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
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/** Makes, lists and revokes keys of the API in the audit database, which keeps their hashes. */
public final class ApiKeys {

    /** The role that may write them. */
    public static final String OWNER = "daybook_owner";

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * A key as it is listed, without itself.
     *
     * @param revokedAt null while it is valid
     */
    public record Key(UUID id, String name, Instant createdAt, @Nullable Instant revokedAt) {}

    private ApiKeys() {}

    /** Makes a key; it is nowhere but in what this returns. */
    public static String create(Connection audit, String name) throws SQLException {
        byte[] random = new byte[24];
        RANDOM.nextBytes(random);
        String key = "dbk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        register(audit, name, key);
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
                                "SELECT id, name, created_at, revoked_at FROM audit.api_key ORDER"
                                        + " BY created_at, id")) {
            while (row.next()) {
                OffsetDateTime revoked = row.getObject(4, OffsetDateTime.class);
                keys.add(
                        new Key(
                                row.getObject(1, UUID.class),
                                row.getString(2),
                                row.getObject(3, OffsetDateTime.class).toInstant(),
                                revoked == null ? null : revoked.toInstant()));
            }
        }
        return keys;
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
