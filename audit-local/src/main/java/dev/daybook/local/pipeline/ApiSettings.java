package dev.daybook.local.pipeline;

import dev.daybook.local.postgres.DatabaseUrl;

import java.util.Map;

/** Sets up the API for one machine: the Spring properties that differ from its defaults. */
final class ApiSettings {

    private ApiSettings() {}

    static Map<String, Object> of(DatabaseUrl audit, int port, DataDirectory directory) {
        return Map.of(
                "server.address", "127.0.0.1",
                "server.port", port,
                "spring.datasource.url", audit.jdbcUrl(),
                "spring.datasource.username", audit.user(),
                "spring.datasource.password", audit.password(),
                // A search keeps a processor busy, here one of those that answer the rest.
                "daybook.api.searches",
                        Math.clamp(Runtime.getRuntime().availableProcessors() - 1L, 1, 3),
                "daybook.api.evidence", Sealing.log(directory).toString(),
                // The metrics disk.free and disk.total are of the disk that holds all of it.
                "management.metrics.system.diskspace.paths", directory.toString());
    }
}
