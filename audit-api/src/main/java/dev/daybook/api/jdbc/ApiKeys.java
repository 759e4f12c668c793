package dev.daybook.api.jdbc;

import dev.daybook.api.security.ApiKeyStore;

import org.jspecify.annotations.Nullable;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

import java.util.UUID;

/** Keeps API keys in the audit database. */
interface ApiKeys extends Repository<ApiKey, UUID>, ApiKeyStore {

    @Override
    @Query(
            value =
                    "select id, name, scopes, tables, expires_at from audit.api_key"
                            + " where key_sha256 = :sha256 and revoked_at is null",
            rowMapperClass = StoredKeys.class)
    @Nullable Stored find(@Param("sha256") byte[] sha256);

    @Override
    @Query("select audit.mark_api_key_used(:sha256) is not null")
    boolean markUsed(@Param("sha256") byte[] sha256);

    /** By a function of the database: the API's role may insert the first key and no other. */
    @Override
    @Query("select audit.register_first_api_key(:id, :name, :sha256)")
    boolean registerFirst(
            @Param("id") UUID id, @Param("name") String name, @Param("sha256") byte[] sha256);
}
