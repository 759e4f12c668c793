package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code images/healthcheck}, against a server that answers as the applications do. */
class HealthCheckTest {

    private HttpServer server;
    private volatile String asked = "";
    private volatile int status = 200;
    private volatile String answer = "{\"status\":\"UP\"}";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    asked = exchange.getRequestURI().toString();
                    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(status, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void whatIsWellIsWell() throws Exception {
        assertThat(check()).isZero();
        assertThat(asked).isEqualTo("/actuator/health/liveness");
        assertThat(check("readiness")).isZero();
        assertThat(asked).isEqualTo("/actuator/health/readiness");
        assertThat(check("/connectors?expand=status")).isZero();
        assertThat(asked).isEqualTo("/connectors?expand=status");
    }

    @Test
    void anotherAnswerIsNotWell() throws Exception {
        status = 503;

        assertThat(check()).isNotZero();
    }

    @Test
    void aConnectorThatHasFailedIsNotWell() throws Exception {
        answer =
                "{\"daybook-sink\":{\"status\":{\"connector\":{\"state\":\"RUNNING\"},"
                        + "\"tasks\":[{\"id\":0,\"state\":\"FAILED\"}]}}}";

        assertThat(check("/connectors?expand=status")).isNotZero();
    }

    @Test
    void aConnectorWithoutATaskIsNotWell() throws Exception {
        answer = "{\"name\":\"daybook-sink\",\"connector\":{\"state\":\"RUNNING\"},\"tasks\":[]}";

        assertThat(check("/connectors/daybook-sink/status")).isNotZero();
    }

    @Test
    void nobodyThereIsNotWell() throws Exception {
        server.stop(0);

        assertThat(check()).isNotZero();
    }

    private int check(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("../images/healthcheck"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment()
                .put("DAYBOOK_HEALTH_PORT", Integer.toString(server.getAddress().getPort()));
        builder.environment().put("DAYBOOK_HEALTH_PATH", "/actuator/health/liveness");
        Process process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
