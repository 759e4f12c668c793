package dev.daybook.connect.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/** The provider with the real client, against a server that answers as Secrets Manager does. */
class SecretsManagerConfigProviderTest {

    private HttpServer server;
    private SecretsManagerConfigProvider provider;
    private volatile String asked = "";
    private volatile int status = 200;
    private volatile String answer = "";

    @BeforeEach
    void start() throws IOException {
        // The default chain of credentials looks here first.
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    asked =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
                    exchange.sendResponseHeaders(status, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        provider = new SecretsManagerConfigProvider();
        provider.configure(
                Map.of(
                        "region",
                        "eu-central-1",
                        "endpoint",
                        "http://127.0.0.1:" + server.getAddress().getPort()));
    }

    @AfterEach
    void stop() throws IOException {
        provider.close();
        server.stop(0);
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @Test
    void givesTheMembersThatAreAskedForAndNoTimeToLive() {
        secret(
                "{\\\"username\\\":\\\"daybook_writer\\\",\\\"password\\\":\\\"p\\\",\\\"port\\\":5432}");

        var data = provider.get("daybook-dev/writer", Set.of("password", "port"));

        assertThat(data.data()).containsOnly(Map.entry("password", "p"), Map.entry("port", "5432"));
        assertThat(data.ttl()).isNull();
        assertThat(asked).contains("\"SecretId\":\"daybook-dev/writer\"");
        assertThat(provider.get("daybook-dev/writer").data()).hasSize(3);
    }

    @Test
    void aMissingMemberIsNamedWithThoseThatAreThere() {
        secret("{\\\"username\\\":\\\"u\\\",\\\"passwort\\\":\\\"hidden\\\"}");

        assertThatThrownBy(() -> provider.get("writer", Set.of("password")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("writer")
                .hasMessageContaining("passwort")
                .hasMessageNotContaining("hidden");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hidden",
                "[\\\"hidden\\\"]",
                "{\\\"a\\\":{\\\"b\\\":\\\"hidden\\\"}}",
                "{\\\"a\\\":hidden"
            })
    void aSecretThatIsNoFlatObjectIsRefusedWithoutBeingQuoted(String text) {
        secret(text);

        assertThatThrownBy(() -> provider.get("writer", Set.of("a")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("not a flat JSON object")
                .hasMessageNotContaining("hidden")
                .hasNoCause();
    }

    @Test
    void anArnIsNoName() {
        assertThatThrownBy(() -> provider.get("arn", Set.of("aws:secretsmanager:eu-central-1")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("write the secret's name");
    }

    @Test
    void aMemberThatIsNullIsNotThere() {
        secret("{\\\"username\\\":\\\"daybook\\\",\\\"password\\\":null}");

        assertThatThrownBy(() -> provider.get("writer", Set.of("password")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("has no member \"password\"");
    }

    @Test
    void aSecretThatIsNotThereIsNamed() {
        status = 400;
        answer = "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"no\"}";

        assertThatThrownBy(() -> provider.get("writer", Set.of("password")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("There is no secret writer");
    }

    @Test
    void theRegionIsRequired() {
        assertThatThrownBy(() -> new SecretsManagerConfigProvider().configure(Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("region is not set");
    }

    @Test
    void theWorkerFindsIt() {
        assertThat(ServiceLoader.load(ConfigProvider.class))
                .anyMatch(found -> found instanceof SecretsManagerConfigProvider);
    }

    private void secret(String text) {
        status = 200;
        answer = "{\"Name\":\"n\",\"SecretString\":\"" + text + "\"}";
    }
}
