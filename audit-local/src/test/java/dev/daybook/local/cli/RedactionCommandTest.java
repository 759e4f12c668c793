package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.daybook.local.pipeline.DataDirectory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class RedactionCommandTest {

    @TempDir Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void rulesAreHeldAgainstTheTablesAndValuesOfTheLog() throws IOException {
        HttpServer api =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext(
                "/api/v1/",
                exchange -> {
                    byte[] body =
                            (exchange.getRequestURI().getPath().endsWith("/tables")
                                            ? "{\"data\":[{\"table\":\"public.customers\",\"columns\":[\"id\",\"email\",\"phone\"]},"
                                                    + "{\"table\":\"public.orders\",\"columns\":[\"id\"]}]}"
                                            : "{\"data\":[{\"before\":{\"email\":\"a\"},\"after\":{\"email\":null,\"phone\":\"1\"}},"
                                                    + "{\"before\":null,\"after\":{\"email\":\"b\"}}]}")
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        api.start();
        try {
            Files.writeString(
                    new DataDirectory(directory).connection(),
                    JsonMapper.builder()
                            .build()
                            .writeValueAsString(
                                    Map.of(
                                            "api",
                                            "http://127.0.0.1:"
                                                    + api.getAddress().getPort()
                                                    + "/api/v1",
                                            "api_key",
                                            "k")));

            int code =
                    run(
                            "--rule",
                            "public.customers:email,mail:mask",
                            "--rule",
                            "*:phone:drop",
                            "--rule",
                            "*.accounts:*:hash");

            assertThat(out.toString())
                    .isEqualTo(
                            """
                            public.customers
                                email                    mask  by public.customers:email,mail:mask; a value in 2 of the newest 2 entries
                                phone                    drop  by *:phone:drop; a value in 1 of the newest 2 entries
                            *.accounts:*:hash touches nothing in the log.
                            """);
            assertThat(code).isEqualTo(1);
        } finally {
            api.stop(0);
        }
    }

    @Test
    void aRuleThatIsNoneIsRefused() {
        assertThat(run("--rule", "public.customers:email:hide")).isEqualTo(2);
        assertThat(err.toString()).contains("is no rule", "drop, mask, hash or keep");
    }

    private int run(String... words) {
        List<String> all =
                new ArrayList<>(List.of("redaction", "--data-dir", directory.toString()));
        all.addAll(List.of(words));
        CommandLine command =
                Daybook.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true));
        return command.execute(all.toArray(String[]::new));
    }
}
