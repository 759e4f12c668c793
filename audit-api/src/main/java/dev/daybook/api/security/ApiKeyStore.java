package dev.daybook.api.security;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/** The API keys of a deployment, as SHA-256 hashes of their text. */
public interface ApiKeyStore {

    /** Returns the name of the key with that hash; null if there is none or it was revoked. */
    @Nullable String nameOf(byte[] sha256);

    /**
     * Stores the first key.
     *
     * @return false if there is one already; nothing was stored then
     */
    boolean registerFirst(UUID id, String name, byte[] sha256);

    /** Returns how many keys there are, revoked ones included. */
    long count();
}
