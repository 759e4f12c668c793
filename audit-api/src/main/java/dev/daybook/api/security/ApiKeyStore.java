package dev.daybook.api.security;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The API keys of a deployment, as SHA-256 hashes of their text. */
public interface ApiKeyStore {

    /**
     * A key.
     *
     * @param id its number
     * @param scopes the words of what its caller may do
     * @param tables patterns of the tables that its caller may see
     * @param expiresAt when it ends, or null
     */
    record Stored(
            UUID id,
            String name,
            List<String> scopes,
            List<String> tables,
            @Nullable Instant expiresAt) {}

    /** Returns the key with that hash; null if there is none or it was revoked. */
    @Nullable Stored find(byte[] sha256);

    /** Notes that the key with that hash is used, about once a minute. */
    boolean markUsed(byte[] sha256);

    /**
     * Stores the first key.
     *
     * @return false if there is one already; nothing was stored then
     */
    boolean registerFirst(UUID id, String name, byte[] sha256);

    /** Returns how many keys there are, revoked ones included. */
    long count();
}
