package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.evidence.NoteSigner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

class SealerEnvironmentTest {

    @TempDir private Path directory;

    @Test
    void secretsComeFromFilesAndClientsSettingsByTheirNames() throws IOException {
        Path password = directory.resolve("password");
        Files.writeString(password, "from a file\n");
        Map<String, String> variables = sound();
        variables.remove("DAYBOOK_DATABASE_PASSWORD");
        variables.put("DAYBOOK_DATABASE_PASSWORD_FILE", password.toString());
        variables.put("KAFKA_SASL_MECHANISM", "PLAIN");
        variables.put("KAFKA_USER", "me");
        variables.put("KAFKA_PASSWORD_FILE", password.toString());

        SealerEnvironment environment = new SealerEnvironment(variables);

        assertThat(environment.database())
                .containsEntry("user", "daybook_sealer")
                .containsEntry("password", "from a file");
        assertThat(environment.kafka())
                .containsOnlyKeys("bootstrap.servers", "sasl.mechanism", "sasl.jaas.config")
                .containsEntry("bootstrap.servers", "kafka:9092");
        assertThat(environment.kafka().get("sasl.jaas.config"))
                .endsWith("username=\"me\" password=\"from a file\";");
        assertThat(environment.verifyEvery()).isEqualTo(Duration.ofDays(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DAYBOOK_DATABASE_URL | mysql://x | is not a PostgreSQL URL",
                "DAYBOOK_DATABASE_PASSWORD | '' | is not set",
                "DAYBOOK_DATABASE_PASSWORD_FILE | /x | is set twice",
                "DAYBOOK_SEALER_LOG | '' | is not set",
                "DAYBOOK_SEALER_NAME | a b | has a blank or a plus in it",
                "DAYBOOK_SEALER_SEED | too-short | has 9 characters",
                "DAYBOOK_SEGMENTS_REPLICATION | -1 | is \"-1\"",
                "DAYBOOK_VERIFY_EVERY | daily | is \"daily\"",
                "DAYBOOK_HEALTH_PORT | 99999 | is \"99999\"",
                "KAFKA_BOOTSTRAP_SERVERS | '' | is not set"
            })
    void aWrongSettingIsNamedWithItsRuleAndRemedy(String name, String value, String said) {
        Map<String, String> variables = sound();
        if (value.isEmpty()) {
            variables.remove(name);
        } else {
            variables.put(name, value);
        }

        assertThatThrownBy(() -> start(variables))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name.replaceFirst("_FILE$", "") + " " + said);
    }

    @Test
    void aSeedGivesTheSameKeyEachTime() {
        Map<String, String> variables = sound();
        variables.put("DAYBOOK_SEALER_SEED", "0123456789abcdef0123456789abcdef");

        NoteSigner first = new SealerEnvironment(variables).key().orElseThrow();
        NoteSigner second = new SealerEnvironment(variables).key().orElseThrow();
        variables.put("DAYBOOK_SEALER_SEED", "0123456789abcdef0123456789abcdeg");

        assertThat(second.secretText()).isEqualTo(first.secretText());
        assertThat(first.key().name()).isEqualTo("audit.example.com/daybook");
        assertThat(new SealerEnvironment(variables).key().orElseThrow().key().toString())
                .isNotEqualTo(first.key().toString());
        variables.put("DAYBOOK_SEALER_KEY", first.secretText());
        assertThatThrownBy(() -> new SealerEnvironment(variables).key())
                .hasMessageStartingWith("DAYBOOK_SEALER_SEED is set, and DAYBOOK_SEALER_KEY too");
    }

    @Test
    void aLogInABucketNeedsAKeyThatIsNotInIt() {
        Map<String, String> variables = sound();
        variables.put("DAYBOOK_SEALER_LOG", "s3://vault/log");

        assertThatThrownBy(() -> SealerProgram.start(variables, Clock.systemUTC()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("DAYBOOK_SEALER_SEED is not set");
    }

    /** Asks for everything that a start asks for. */
    private static void start(Map<String, String> variables) {
        SealerEnvironment environment = new SealerEnvironment(variables);
        assertThat(environment.log()).isNotEmpty();
        assertThat(environment.key()).isNotNull();
        assertThat(environment.name()).isNotEmpty();
        assertThat(environment.databaseUrl()).isNotEmpty();
        assertThat(environment.database()).isNotEmpty();
        assertThat(environment.verifyEvery()).isNotNull();
        assertThat(environment.replication()).isNotNegative();
        assertThat(environment.healthPort()).isNotNegative();
        assertThat(environment.kafka()).isNotEmpty();
    }

    private Map<String, String> sound() {
        return new HashMap<>(
                Map.of(
                        "DAYBOOK_SEALER_LOG", directory.toString(),
                        "DAYBOOK_SEALER_NAME", "audit.example.com/daybook",
                        "DAYBOOK_DATABASE_URL", "jdbc:postgresql://audit/daybook",
                        "DAYBOOK_DATABASE_PASSWORD", "secret",
                        "KAFKA_BOOTSTRAP_SERVERS", "kafka:9092"));
    }
}
