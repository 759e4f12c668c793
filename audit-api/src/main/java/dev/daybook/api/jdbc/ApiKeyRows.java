package dev.daybook.api.jdbc;

import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

import java.util.Optional;
import java.util.UUID;

/** The rows of {@code audit.api_key}. */
interface ApiKeyRows extends Repository<ApiKeyRow, UUID> {

    @Query(
            """
            select id, name from audit.api_key
            where key_sha256 = :sha256 and revoked_at is null
            """)
    Optional<ApiKeyRow> active(@Param("sha256") byte[] sha256);

    @Query("select audit.register_first_api_key(:id, :name, :sha256)")
    boolean registerFirst(
            @Param("id") UUID id, @Param("name") String name, @Param("sha256") byte[] sha256);

    long count();
}
