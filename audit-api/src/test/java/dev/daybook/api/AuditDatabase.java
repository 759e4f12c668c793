package dev.daybook.api;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.RowImage;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

/** A real PostgreSQL with the real migrations: one server for all tests, a database for each. */
public final class AuditDatabase {

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static @Nullable EmbeddedPostgres server;

    private final String name;
    private final DataSource owner;

    private AuditDatabase(String name, DataSource owner) {
        this.name = name;
        this.owner = owner;
    }

    /** A fresh, migrated database. */
    public static synchronized AuditDatabase create() {
        try {
            if (server == null) {
                server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
                migrate(server.getPostgresDatabase());
                try (Connection connection = server.getPostgresDatabase().getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute("alter role daybook_reader password 'reader'");
                    statement.execute("create database template_audit template template1");
                }
                migrate(server.getDatabase("postgres", "template_audit"));
            }
            String name = "audit" + NUMBER.incrementAndGet();
            try (Connection connection = server.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("create database " + name + " template template_audit");
            }
            return new AuditDatabase(name, server.getDatabase("postgres", name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void migrate(DataSource database) {
        Flyway.configure()
                .dataSource(database)
                .locations("filesystem:../db/migrations")
                .load()
                .migrate();
    }

    /** The settings of an API that reads this database as the reader. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("spring.datasource.url", url());
        settings.put("spring.datasource.username", "daybook_reader");
        settings.put("spring.datasource.password", "reader");
        return settings;
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + name;
    }

    public DataSource owner() {
        return owner;
    }

    public void store(AuditEntry entry) {
        execute("select audit.ensure_partition(?)", entry.committedAt().atOffset(ZoneOffset.UTC));
        execute(
                """
                insert into audit.entry (id, committed_at, source, table_name, entity_key,
                    old_entity_key, operation, transaction_id, sequence, position, before, after,
                    unknown_columns, actor)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?::json, ?, ?)
                """,
                entry.id(),
                entry.committedAt().atOffset(ZoneOffset.UTC),
                entry.source(),
                entry.table().toString(),
                entry.entityKey() == null ? null : entry.entityKey().text(),
                entry.oldEntityKey() == null ? null : entry.oldEntityKey().text(),
                entry.operation().word(),
                entry.transactionId(),
                entry.sequence(),
                entry.position(),
                json(entry.before()),
                json(entry.after()),
                entry.unknownColumns().isEmpty()
                        ? null
                        : entry.unknownColumns().toArray(String[]::new),
                entry.actor());
    }

    public void storeContext(
            String source,
            long transactionId,
            Instant committedAt,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable String attributes) {
        execute("select audit.ensure_partition(?)", committedAt.atOffset(ZoneOffset.UTC));
        execute(
                """
                insert into audit.transaction (source, transaction_id, committed_at, actor, reason,
                    request_id, attributes)
                values (?, ?, ?, ?, ?, ?, ?::json) on conflict do nothing
                """,
                source,
                transactionId,
                committedAt.atOffset(ZoneOffset.UTC),
                actor,
                reason,
                requestId,
                attributes);
    }

    public void execute(String sql, @Nullable Object... parameters) {
        try (Connection connection = owner.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable String json(@Nullable RowImage image) {
        if (image == null) {
            return null;
        }
        StringBuilder json = new StringBuilder("{");
        image.tokens()
                .forEach(
                        (column, token) -> {
                            if (json.length() > 1) {
                                json.append(',');
                            }
                            json.append('"')
                                    .append(column.replace("\\", "\\\\").replace("\"", "\\\""))
                                    .append("\":")
                                    .append(token);
                        });
        return json.append('}').toString();
    }
}
