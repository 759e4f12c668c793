package dev.daybook.local.pipeline;

import dev.daybook.local.OwnerOnly;
import dev.daybook.local.postgres.DatabaseUrl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Writes {@code pg_service.conf} of the data directory, with which psql reaches source and audit
 * database without a password in its arguments: {@code PGSERVICEFILE=… psql service=source}.
 */
final class ServiceFile {

    private ServiceFile() {}

    static void write(Path file, DatabaseUrl source, DatabaseUrl audit) throws IOException {
        String text = section("source", source) + "\n" + section("audit", audit);
        OwnerOnly.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String section(String name, DatabaseUrl database) {
        StringBuilder text = new StringBuilder();
        text.append('[').append(name).append("]\n");
        text.append("host=").append(database.host()).append('\n');
        text.append("port=").append(database.port()).append('\n');
        text.append("dbname=").append(database.database()).append('\n');
        text.append("user=").append(database.user()).append('\n');
        if (!database.password().isEmpty()) {
            text.append("password=").append(database.password()).append('\n');
        }
        for (String parameter : database.parameters().split("&", -1)) {
            if (parameter.startsWith("sslmode=")) {
                text.append(parameter).append('\n');
            }
        }
        return text.toString();
    }
}
