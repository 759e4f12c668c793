package dev.daybook.ingest.jdbc;

import dev.daybook.domain.TableCatalog;
import dev.daybook.ingest.IngestProperties;
import dev.daybook.ingest.Secret;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import java.sql.DriverManager;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/** The databases that the ingest may ask: catalogs of sources, and the audit log for replays. */
@Configuration(proxyBeanMethods = false)
class DatabasesConfiguration {

    @Bean
    TableCatalog sourceCatalog(IngestProperties ingest, Clock clock) {
        Map<String, JdbcTableCatalog.ConnectionSource> sources = new HashMap<>();
        ingest.sources()
                .forEach(
                        (name, source) -> {
                            IngestProperties.Database catalog = source.catalog();
                            if (catalog != null) {
                                sources.put(name, connections(catalog));
                            }
                        });
        return new JdbcTableCatalog(sources, clock);
    }

    /** Asks for replays where the audit database is configured. */
    @Bean
    @ConditionalOnProperty("daybook.ingest.replay.url")
    JdbcReplayRequests replayRequests(IngestProperties ingest) {
        return new JdbcReplayRequests(
                connections(Objects.requireNonNull(ingest.replay())), ingest.applicationId());
    }

    private static JdbcTableCatalog.ConnectionSource connections(
            IngestProperties.Database database) {
        Properties properties = new Properties();
        properties.setProperty("user", database.user());
        Secret password = database.password();
        if (password != null) {
            properties.setProperty("password", password.value());
        }
        properties.setProperty("ApplicationName", "daybook-ingest");
        // A stream thread asks: it must not hang on a source that is away.
        properties.setProperty("connectTimeout", "3");
        properties.setProperty("loginTimeout", "5");
        properties.setProperty("socketTimeout", "5");
        properties.setProperty("readOnly", "true");
        return () -> DriverManager.getConnection(database.url(), properties);
    }
}
