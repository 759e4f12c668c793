package dev.daybook.ingest.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableCatalogContract;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

class JdbcTableCatalogTest extends TableCatalogContract {

    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void start() throws IOException, SQLException {
        postgres = EmbeddedPostgres.builder().start();
        execute(
                """
                create table orders (gone int, id bigint primary key, note varchar(20));
                alter table orders drop column gone;
                create table "order lines" (note text, line int, order_id bigint, primary key (order_id, line));
                create table log (note text);
                create table picked (a int, b int not null);
                create unique index picked_b on picked (b);
                alter table picked replica identity using index picked_b\
                """);
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @Override
    protected TableCatalog catalog() {
        return catalog(Clock.systemUTC());
    }

    @Test
    void takesTheReplicaIdentityWhereThereIsNoPrimaryKey() {
        assertThat(catalog().definition("shop", new TableName("public", "picked")))
                .isNotNull()
                .satisfies(picked -> assertThat(picked.key()).containsExactly("b"));
    }

    @Test
    void asksAgainAfterAWhile() throws SQLException {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        TableCatalog catalog = catalog(ticking(now));
        TableName late = new TableName("public", "late");
        assertThat(catalog.definition("shop", late)).isNull();
        execute("create table late (id int primary key)");
        assertThat(catalog.definition("shop", late)).isNull();

        now.set(now.get().plus(Duration.ofSeconds(30)));

        assertThat(catalog.definition("shop", late)).isNotNull();
    }

    @Test
    void aSourceThatDoesNotAnswerIsNotKnown() {
        TableCatalog catalog =
                new JdbcTableCatalog(
                        Map.of(
                                "shop",
                                () -> {
                                    throw new SQLException("away");
                                }),
                        Clock.systemUTC());

        assertThat(catalog.definition("shop", ORDERS)).isNull();
    }

    private static TableCatalog catalog(Clock clock) {
        return new JdbcTableCatalog(
                Map.of("shop", () -> postgres.getPostgresDatabase().getConnection()), clock);
    }

    private static Clock ticking(AtomicReference<Instant> now) {
        InstantSource source = now::get;
        return source.withZone(ZoneOffset.UTC);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
