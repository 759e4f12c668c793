package dev.daybook.api.jdbc;

import dev.daybook.api.security.ApiKeyStore;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.util.UUID;

/** API keys in the audit database. */
@Component
class JdbcApiKeyStore implements ApiKeyStore {

    private final ApiKeyRows rows;

    JdbcApiKeyStore(ApiKeyRows rows) {
        this.rows = rows;
    }

    @Override
    public @Nullable String nameOf(byte[] sha256) {
        return rows.active(sha256).map(ApiKeyRow::name).orElse(null);
    }

    @Override
    public boolean registerFirst(UUID id, String name, byte[] sha256) {
        return rows.registerFirst(id, name, sha256);
    }

    @Override
    public boolean isEmpty() {
        return rows.count() == 0;
    }
}
