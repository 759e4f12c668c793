package dev.daybook.ingest.jdbc;

import dev.daybook.domain.TableCatalog;
import dev.daybook.ingest.IngestProperties;
import dev.daybook.ingest.Secret;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import java.sql.DriverManager;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** The catalogs of the sources for which one is configured. */
@Configuration(proxyBeanMethods = false)
class JdbcCatalogConfiguration {

    @Bean
    TableCatalog sourceCatalog(IngestProperties ingest, Clock clock) {
        Map<String, JdbcTableCatalog.ConnectionSource> sources = new HashMap<>();
        ingest.sources()
                .forEach(
                        (name, source) -> {
                            IngestProperties.Catalog catalog = source.catalog();
                            if (catalog != null) {
                                sources.put(name, connections(catalog));
                            }
                        });
        return new JdbcTableCatalog(sources, clock);
    }

    private static JdbcTableCatalog.ConnectionSource connections(IngestProperties.Catalog catalog) {
        Properties properties = new Properties();
        properties.setProperty("user", catalog.user());
        Secret password = catalog.password();
        if (password != null) {
            properties.setProperty("password", password.value());
        }
        properties.setProperty("ApplicationName", "daybook-ingest");
        // A stream thread asks: it must not hang on a source that is away.
        properties.setProperty("connectTimeout", "3");
        properties.setProperty("loginTimeout", "5");
        properties.setProperty("socketTimeout", "5");
        properties.setProperty("readOnly", "true");
        return () -> DriverManager.getConnection(catalog.url(), properties);
    }
}
