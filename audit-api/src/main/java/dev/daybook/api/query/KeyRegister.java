package dev.daybook.api.query;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The API keys of a deployment: the port through which administrators see to them. */
public interface KeyRegister {

    /**
     * A key, without itself.
     *
     * @param scopes the words of what its caller may do
     * @param tables patterns of the tables that its caller sees
     * @param createdBy the caller who made it, or null where it was made in the database
     * @param expiresAt when it ends, or null
     * @param lastUsedAt when it was used, to about a minute, or null
     * @param revokedAt null while it is not revoked
     */
    record Key(
            UUID id,
            String name,
            List<String> scopes,
            List<String> tables,
            Instant createdAt,
            @Nullable String createdBy,
            @Nullable Instant expiresAt,
            @Nullable Instant lastUsedAt,
            @Nullable Instant revokedAt) {}

    /** Returns the keys, the oldest first; not more than a limit. */
    List<Key> list(int limit);

    /** Stores a key by its hash. */
    void create(Key key, byte[] sha256);

    /** Revokes a key; false if there is none of that number that is not revoked. */
    boolean revoke(UUID id);
}
