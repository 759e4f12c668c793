package dev.daybook.seal;

import dev.daybook.evidence.NoteSigner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of a sealer that runs alone, from the environment. Each may be given as {@code
 * NAME}, or as {@code NAME_FILE} with the file that holds it.
 *
 * @param environment names and values
 */
record SealerEnvironment(Map<String, String> environment) {

    static final String URL = "DAYBOOK_DATABASE_URL";
    static final String USER = "DAYBOOK_DATABASE_USER";
    static final String PASSWORD = "DAYBOOK_DATABASE_PASSWORD";
    static final String LOG = "DAYBOOK_SEALER_LOG";
    static final String NAME = "DAYBOOK_SEALER_NAME";
    static final String KEY = "DAYBOOK_SEALER_KEY";
    static final String SEED = "DAYBOOK_SEALER_SEED";
    static final String HEALTH_PORT = "DAYBOOK_HEALTH_PORT";
    static final String VERIFY_EVERY = "DAYBOOK_VERIFY_EVERY";
    static final String REPLICATION = "DAYBOOK_SEGMENTS_REPLICATION";

    /** What names of settings of Kafka's clients begin with. */
    private static final String KAFKA = "KAFKA_";

    private static final String KAFKA_USER = "KAFKA_USER";
    private static final String KAFKA_PASSWORD = "KAFKA_PASSWORD";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})([smh])");
    private static final String ROLE = "daybook_sealer";
    private static final int SHORTEST_SEED = 32;

    SealerEnvironment {
        environment = Map.copyOf(environment);
    }

    /** Returns the audit database. */
    String databaseUrl() {
        String url = required(URL, "Set it to a jdbc:postgresql: URL.");
        if (!url.startsWith("jdbc:postgresql:")) {
            throw wrong(URL, "is not a PostgreSQL URL", "Set it to a jdbc:postgresql: URL.");
        }
        return url;
    }

    /** Returns how to log in to it. */
    Properties database() {
        Properties user = new Properties();
        user.setProperty("user", text(USER).orElse(ROLE));
        user.setProperty(
                "password",
                required(PASSWORD, "Set it, or " + PASSWORD + "_FILE to the file that holds it."));
        user.setProperty("ApplicationName", "daybook sealer");
        user.setProperty("socketTimeout", "120");
        return user;
    }

    /**
     * Returns how clients reach the broker: {@code KAFKA_SECURITY_PROTOCOL} is {@code
     * security.protocol}, and so on.
     */
    Map<String, String> kafka() {
        Map<String, String> settings = new HashMap<>();
        environment.forEach(
                (name, value) -> {
                    if (name.startsWith(KAFKA)
                            && !name.startsWith(KAFKA_USER)
                            && !name.startsWith(KAFKA_PASSWORD)) {
                        settings.put(
                                name.substring(KAFKA.length())
                                        .toLowerCase(Locale.ROOT)
                                        .replace('_', '.'),
                                value);
                    }
                });
        text(KAFKA_USER)
                .ifPresent(
                        user ->
                                settings.put(
                                        "sasl.jaas.config",
                                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";"
                                                .formatted(
                                                        user,
                                                        required(
                                                                KAFKA_PASSWORD,
                                                                "Set it, or unset KAFKA_USER."))));
        if (!settings.containsKey("bootstrap.servers")) {
            throw wrong("KAFKA_BOOTSTRAP_SERVERS", "is not set", "Set it to the brokers.");
        }
        return settings;
    }

    /**
     * Returns where the log is: a directory, in which its key and its policy are too, or a place in
     * a bucket.
     */
    String log() {
        return required(
                LOG, "Set it to a directory that outlives the sealer, or to s3://bucket/prefix.");
    }

    /**
     * Returns the key that is given: itself, or what it is made of; empty where it is to be a file
     * beside the log.
     */
    Optional<NoteSigner> key() {
        Optional<String> key = text(KEY);
        Optional<String> seed = text(SEED);
        if (key.isPresent() && seed.isPresent()) {
            throw wrong(SEED, "is set, and " + KEY + " too", "Unset one of them.");
        }
        if (key.isPresent()) {
            return key.map(NoteSigner::parse);
        }
        if (seed.isPresent() && seed.get().length() < SHORTEST_SEED) {
            throw wrong(
                    SEED,
                    "has " + seed.get().length() + " characters",
                    "Set at least " + SHORTEST_SEED + " random ones.");
        }
        return seed.map(
                text -> NoteSigner.of(name(), sha256(text.getBytes(StandardCharsets.UTF_8))));
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    /** Returns the log's name, for a key that is made. */
    String name() {
        String name =
                required(NAME, "Set it to a name of your own, such as audit.example.com/daybook.");
        if (name.chars().anyMatch(c -> c <= ' ' || c == '+')) {
            throw wrong(NAME, "has a blank or a plus in it", "Take a name without them.");
        }
        return name;
    }

    int healthPort() {
        return (int) number(HEALTH_PORT, "8084", 0, 65_535);
    }

    /** Returns how often the whole log is verified; zero: never. */
    Duration verifyEvery() {
        String text = text(VERIFY_EVERY).orElse("24h");
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw wrong(
                    VERIFY_EVERY,
                    "is \"" + text + "\"",
                    "Set one such as 24h or 30m; 0s is never.");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    /** Returns how often the topic of segments is kept, if the sealer makes it; 0: it does not. */
    int replication() {
        return (int) number(REPLICATION, "1", 0, 100);
    }

    private long number(String name, String otherwise, long least, long most) {
        String text = text(name).orElse(otherwise);
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw wrong(
                name, "is \"" + text + "\"", "Set a number from " + least + " to " + most + ".");
    }

    private String required(String name, String remedy) {
        return text(name).orElseThrow(() -> wrong(name, "is not set", remedy));
    }

    private Optional<String> text(String name) {
        String value = environment.get(name);
        String file = environment.get(name + "_FILE");
        if (value != null && file != null) {
            throw wrong(
                    name, "is set twice, as itself and as " + name + "_FILE", "Unset one of them.");
        }
        if (file != null) {
            try {
                value = Files.readString(Path.of(file)).strip();
            } catch (IOException e) {
                throw wrong(
                        name + "_FILE",
                        "names " + file + ", which cannot be read",
                        "Name a file that this user may read.");
            }
        }
        return Optional.ofNullable(value).filter(text -> !text.isEmpty());
    }

    private static IllegalArgumentException wrong(String name, String rule, String remedy) {
        return new IllegalArgumentException(name + " " + rule + ". " + remedy);
    }
}
