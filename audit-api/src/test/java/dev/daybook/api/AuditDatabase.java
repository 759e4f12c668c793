package dev.daybook.api;

import dev.daybook.contract.JsonText;
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

    /** A PostgreSQL server, with a superuser {@code postgres}. */
    public interface Server {

        /** A database of the server, as the superuser. */
        DataSource database(String name);

        /** The JDBC URL of a database. */
        String url(String name);
    }

    private static final String TEMPLATE = "template_audit";
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static @Nullable Server embedded;

    private final String url;
    private final DataSource owner;
    private @Nullable Connection held;

    private AuditDatabase(String url, DataSource owner) {
        this.url = url;
        this.owner = owner;
    }

    /** A fresh, migrated database on the embedded server. */
    public static synchronized AuditDatabase create() {
        if (embedded == null) {
            Server started = startEmbedded();
            prepare(started);
            embedded = started;
        }
        return create(embedded);
    }

    /** A fresh, migrated database on a server that was {@linkplain #prepare prepared}. */
    public static AuditDatabase create(Server server) {
        String name = "audit" + NUMBER.incrementAndGet();
        execute(server.database("postgres"), "create database " + name + " template " + TEMPLATE);
        return new AuditDatabase(server.url(name), server.database(name));
    }

    /** The same database, asked through another data source. */
    public AuditDatabase over(DataSource source) {
        return new AuditDatabase(url, source);
    }

    /** Makes the roles and a template with the real migrations, once for a server. */
    public static void prepare(Server server) {
        migrate(server.database("postgres"));
        execute(server.database("postgres"), "alter role daybook_reader password 'reader'");
        execute(server.database("postgres"), "create database " + TEMPLATE);
        migrate(server.database(TEMPLATE));
    }

    private static Server startEmbedded() {
        try {
            EmbeddedPostgres postgres =
                    EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
            return new Server() {
                @Override
                public DataSource database(String name) {
                    return postgres.getDatabase("postgres", name);
                }

                @Override
                public String url(String name) {
                    return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + name;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void execute(DataSource database, String sql) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
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
        return url;
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
                    unknown_columns, actor, source_committed_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?::json, ?, ?, ?)
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
                entry.actor(),
                entry.sourceCommittedAt() == null
                        ? null
                        : entry.sourceCommittedAt().atOffset(ZoneOffset.UTC));
    }

    public void storeContext(
            String source,
            long transactionId,
            Instant committedAt,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable String attributes) {
        storeContext(
                source, transactionId, committedAt, actor, reason, requestId, attributes, null);
    }

    public void storeContext(
            String source,
            long transactionId,
            Instant committedAt,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable String attributes,
            @Nullable String loginRole) {
        execute("select audit.ensure_partition(?)", committedAt.atOffset(ZoneOffset.UTC));
        execute(
                """
                insert into audit.transaction (source, transaction_id, committed_at, actor, reason,
                    request_id, attributes, login_role)
                values (?, ?, ?, ?, ?, ?, ?::json, ?) on conflict do nothing
                """,
                source,
                transactionId,
                committedAt.atOffset(ZoneOffset.UTC),
                actor,
                reason,
                requestId,
                attributes,
                loginRole);
    }

    /** Runs what stores much over one connection. */
    public void atOnce(Runnable stores) {
        try (Connection connection = owner.getConnection()) {
            held = connection;
            stores.run();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            held = null;
        }
    }

    public void execute(String sql, @Nullable Object... parameters) {
        Connection open = held;
        try {
            if (open != null) {
                execute(open, sql, parameters);
            } else {
                try (Connection connection = owner.getConnection()) {
                    execute(connection, sql, parameters);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void execute(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.execute();
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
                            json.append(JsonText.quoted(column)).append(':').append(token);
                        });
        return json.append('}').toString();
    }
}
