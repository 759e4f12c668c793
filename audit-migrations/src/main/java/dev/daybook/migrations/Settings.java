package dev.daybook.migrations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The settings, from the environment. Each may be given as {@code NAME}, or as {@code NAME_FILE}
 * with the file that holds it, which is how an engine hands a secret to a container.
 *
 * @param environment names and values
 */
record Settings(Map<String, String> environment) {

    static final String URL = "DAYBOOK_DATABASE_URL";
    static final String USER = "DAYBOOK_DATABASE_USER";
    static final String PASSWORD = "DAYBOOK_DATABASE_PASSWORD";
    static final String WAIT_SECONDS = "DAYBOOK_WAIT_SECONDS";
    static final String WRITER_PASSWORD = "DAYBOOK_WRITER_PASSWORD";
    static final String READER_PASSWORD = "DAYBOOK_READER_PASSWORD";
    static final String SEALER_PASSWORD = "DAYBOOK_SEALER_PASSWORD";
    static final String CAPTURE_PASSWORD = "DAYBOOK_CAPTURE_PASSWORD";
    static final String TABLES = "DAYBOOK_TABLES";
    static final String FULL_IDENTITY = "DAYBOOK_FULL_IDENTITY";

    Settings {
        environment = Map.copyOf(environment);
    }

    /** Returns the database, to be reached with the rights to change its schema and roles. */
    String url() {
        String url = required(URL, "Set it to a jdbc:postgresql: URL.");
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new InvalidSettingException(
                    URL, "is not a PostgreSQL URL", "Set it to a jdbc:postgresql: URL.");
        }
        return url;
    }

    String user() {
        return required(USER, "Set it to a role that may change the schema and roles.");
    }

    String password(String name) {
        return required(name, "Set it, or " + name + "_FILE to the file that holds it.");
    }

    /** Returns a password that need not be set. */
    Optional<String> passwordIfSet(String name) {
        return text(name);
    }

    /** Returns how long to wait for the database to answer. */
    Duration wait(String otherwise) {
        String text = text(WAIT_SECONDS).orElse(otherwise);
        try {
            long seconds = Long.parseLong(text);
            if (seconds >= 0 && seconds <= 3600) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new InvalidSettingException(
                WAIT_SECONDS, "is \"" + text + "\"", "Set a number of seconds from 0 to 3600.");
    }

    String textOr(String name, String otherwise) {
        return text(name).orElse(otherwise);
    }

    private String required(String name, String remedy) {
        return text(name)
                .orElseThrow(() -> new InvalidSettingException(name, "is not set", remedy));
    }

    private Optional<String> text(String name) {
        String value = environment.get(name);
        String file = environment.get(name + "_FILE");
        if (value != null && file != null) {
            throw new InvalidSettingException(
                    name, "is set twice, as itself and as " + name + "_FILE", "Unset one of them.");
        }
        if (file != null) {
            try {
                value = Files.readString(Path.of(file)).strip();
            } catch (IOException e) {
                throw new InvalidSettingException(
                        name + "_FILE",
                        "names " + file + ", which cannot be read",
                        "Name a file that this user may read.");
            }
        }
        return Optional.ofNullable(value).filter(text -> !text.isEmpty());
    }
}
