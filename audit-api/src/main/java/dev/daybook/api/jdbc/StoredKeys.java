package dev.daybook.api.jdbc;

import dev.daybook.api.security.ApiKeyStore.Stored;

import org.springframework.jdbc.core.RowMapper;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/** Rows of {@code audit.api_key} as keys. */
final class StoredKeys implements RowMapper<Stored> {

    @Override
    public Stored mapRow(ResultSet row, int number) throws SQLException {
        return new Stored(
                row.getObject("id", UUID.class),
                row.getString("name"),
                List.of((String[]) row.getArray("scopes").getArray()),
                List.of((String[]) row.getArray("tables").getArray()),
                EntryRows.instantOrNull(row, "expires_at"));
    }
}
