package dev.daybook.local;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * What {@code daybook up} was asked to do.
 *
 * @param dataDirectory where all state lives
 * @param port the API's port; the other parts take the five that follow. 0 takes any free ones
 * @param source the database to audit, or null for one of Daybook's own
 * @param tables which tables: globs such as {@code public.*,!public.secret_*}
 * @param demo whether the database of Daybook's own gets a small shop with traffic
 */
public record LocalSettings(
        Path dataDirectory, int port, @Nullable SourceUrl source, String tables, boolean demo) {

    public static final int DEFAULT_PORT = 7080;
    public static final String DEFAULT_TABLES = "*.*";

    public LocalSettings {
        dataDirectory = dataDirectory.toAbsolutePath().normalize();
    }

    Path connectionFile() {
        return dataDirectory.resolve("connection.json");
    }

    Path logs() {
        return dataDirectory.resolve("logs");
    }
}
