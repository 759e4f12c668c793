package dev.daybook.api.jdbc;

import dev.daybook.api.query.KeyRegister;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

import java.util.List;
import java.util.UUID;

/** Sees to API keys by functions of the database: the API's role may write no more. */
@Component
class JdbcKeyRegister implements KeyRegister {

    private final JdbcClient jdbc;

    JdbcKeyRegister(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public List<Key> list(int limit) {
        return jdbc.sql(
                        """
                        select id, name, scopes, tables, created_at, created_by, expires_at,
                            last_used_at, revoked_at
                        from audit.api_key order by created_at, id limit :limit
                        """)
                .param("limit", limit)
                .query(
                        (row, number) ->
                                new Key(
                                        row.getObject("id", UUID.class),
                                        row.getString("name"),
                                        EntryRows.texts(row.getArray("scopes")),
                                        EntryRows.texts(row.getArray("tables")),
                                        EntryRows.instant(row, "created_at"),
                                        row.getString("created_by"),
                                        EntryRows.instantOrNull(row, "expires_at"),
                                        EntryRows.instantOrNull(row, "last_used_at"),
                                        EntryRows.instantOrNull(row, "revoked_at")))
                .list();
    }

    @Override
    public void create(Key key, byte[] sha256) {
        jdbc.sql(
                        """
                        select 1 from audit.create_api_key(:id, :name, :sha256, :scopes::text[],
                            :tables::text[], :expires::timestamptz, :by)
                        """)
                .param("id", key.id())
                .param("name", key.name())
                .param("sha256", sha256)
                .param("scopes", key.scopes().toArray(String[]::new))
                .param("tables", key.tables().toArray(String[]::new))
                .param("expires", JdbcAuditTrail.utcOrNull(key.expiresAt()))
                .param("by", key.createdBy())
                .query((row, number) -> 0)
                .list();
    }

    @Override
    public boolean revoke(UUID id) {
        return jdbc.sql("select audit.revoke_api_key(:id)")
                .param("id", id)
                .query(Boolean.class)
                .single();
    }
}
