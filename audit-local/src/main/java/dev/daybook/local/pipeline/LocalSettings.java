package dev.daybook.local.pipeline;

import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * What {@code daybook up} was asked to do.
 *
 * @param directory where all state lives
 * @param port the API's port; the other parts take the five that follow. 0 takes any free ones
 * @param source the database to audit, or null for one of Daybook's own
 * @param tables which tables: globs such as {@code public.*,!public.secret_*}
 * @param demo whether the database of Daybook's own gets a small shop with traffic
 * @param seal whether the log is sealed; one that was sealed before is, whatever this says
 */
public record LocalSettings(
        DataDirectory directory,
        int port,
        @Nullable DatabaseUrl source,
        String tables,
        boolean demo,
        boolean seal) {

    public static final int DEFAULT_PORT = 7080;
    public static final String DEFAULT_TABLES = "*.*";

    public LocalSettings(
            Path directory, int port, @Nullable DatabaseUrl source, String tables, boolean demo) {
        this(new DataDirectory(directory), port, source, tables, demo, true);
    }
}
