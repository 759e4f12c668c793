package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Requests made from the description, every operation, with values that fit, values that do not and
 * bytes that no client sends: none is answered with a fault, and each refusal is a problem
 * document. Set {@code daybook.test.requests} for more of them, and {@code daybook.test.seed} to
 * repeat a run; {@code daybook.test.port} and {@code daybook.test.key} ask an API that is running.
 */
class FuzzTest {

    private static final int REQUESTS = Integer.getInteger("daybook.test.requests", 1_500);
    private static final long SEED = Long.getLong("daybook.test.seed", System.nanoTime());
    private static final List<String> VALUES =
            List.of(
                    "public.products",
                    "fuzz.t",
                    "TEA-01",
                    "1",
                    "shop",
                    "anna",
                    "id",
                    "update",
                    "snapshot",
                    "true",
                    "false",
                    "50",
                    "500",
                    "0",
                    "-1",
                    "2026-11-22T09:30:00Z",
                    "2026-11-22T09:30:00%2B02:00",
                    "9999-12-31T23:59:59Z",
                    "0001-01-01T00:00:00Z",
                    "sink",
                    "string",
                    "%5B1,%202%5D",
                    "019aad30-b7c8-8001-8d3f-0a1b2c3d4e5f",
                    "9223372036854775807",
                    "99999999999999999999",
                    "null",
                    "%00",
                    "%",
                    "%zz",
                    "%ff",
                    "%C0%80",
                    "%ED%A0%80",
                    "%F0%9F%98%80",
                    "'%22;--",
                    "%0d%0aX:%201",
                    "..%2F..",
                    "~",
                    "~AA",
                    "%25%7B7*7%7D",
                    "",
                    "%E2%80%AE",
                    "\u00ff\u00fe",
                    "a|b",
                    "[x",
                    "{y}",
                    "\\",
                    "%2500",
                    "1e400",
                    "NaN",
                    "AhV2IRuvwA_eAAZg2h8JisEAAAAAAAAAAgGarTC3yIABjT8KGyw9");

    private final Random random = new Random(SEED);
    private final int port =
            Integer.getInteger("daybook.test.port", 0) > 0
                    ? Integer.getInteger("daybook.test.port")
                    : ApiFixture.shared().port();
    private final String key = System.getProperty("daybook.test.key", ApiFixture.KEY);
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private Socket socket;
    private InputStream answers;

    private record Answer(int status, String head, byte[] body) {}

    @Test
    void noRequestIsAnsweredWithAFaultAndEachRefusalIsAProblemDocument() throws IOException {
        // Given
        if (Integer.getInteger("daybook.test.port", 0) == 0) {
            ApiFixture.sharedDatabase()
                    .store(Entries.insert("id", "1", "a", "2").table("fuzz", "t").entry());
        }
        List<Map.Entry<String, JsonNode>> operations = new ArrayList<>();
        JsonMapper.builder()
                .build()
                .readTree(send("GET /v3/api-docs HTTP/1.1\r\nHost: x\r\n\r\n").body())
                .at("/paths")
                .propertyStream()
                // A stream has no end.
                .filter(operation -> !operation.getKey().endsWith("/stream"))
                .forEach(operations::add);

        for (int i = 0; i < REQUESTS; i++) {
            String request = request(operations.get(random.nextInt(operations.size())));

            // When
            Answer answer = send(request);

            // Then
            check(answer, request);
            statuses.merge(answer.status(), 1, Integer::sum);
        }
        System.out.println(REQUESTS + " requests, seed " + SEED + ": " + statuses);
    }

    private void check(Answer answer, String request) {
        String body = new String(answer.body(), StandardCharsets.UTF_8);
        String as = "seed %d: %s%n%s%n%s".formatted(SEED, request, answer.head(), body);
        if (answer.status() >= 500) {
            assertThat(answer.status()).as(as).isEqualTo(503);
            assertThat(body).as(as).containsAnyOf("problem:busy", "problem:too-slow");
        }
        if (answer.status() >= 400 && !request.startsWith("HEAD")) {
            assertThat(answer.head().toLowerCase(Locale.ROOT))
                    .as(as)
                    .contains("content-type: application/problem+json", "x-request-id: ");
            assertThat(answer.body().length).as(as).isLessThan(2_000);
            JsonNode problem = JsonMapper.builder().build().readTree(body);
            assertThat(problem.at("/status").asInt()).as(as).isEqualTo(answer.status());
            assertThat(problem.at("/type").asString()).as(as).startsWith("urn:daybook:problem:");
            assertThat(body)
                    .as(as)
                    .doesNotContain("java.", "org.", "Exception", "For input string", "/home/");
        }
    }

    private String request(Map.Entry<String, JsonNode> operation) {
        StringBuilder target = new StringBuilder();
        String path = operation.getKey();
        for (String part : path.split("(?=\\{)|(?<=\\})")) {
            target.append(part.startsWith("{") ? value() : part);
        }
        StringBuilder query = new StringBuilder();
        for (JsonNode parameter : operation.getValue().at("/get/parameters")) {
            if (parameter.at("/in").asString().equals("query") && random.nextInt(5) == 0) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(
                                random.nextInt(40) == 0
                                        ? value()
                                        : parameter.at("/name").asString())
                        .append('=')
                        .append(value());
            }
        }
        if (random.nextInt(60) == 0) {
            query.append(query.isEmpty() ? "?" : "&").append("x".repeat(random.nextInt(12_000)));
        }
        String method =
                switch (random.nextInt(40)) {
                    case 0 -> "POST";
                    case 1 -> "HEAD";
                    case 2 -> "DELETE";
                    case 3 -> "PATCH";
                    case 4 -> "FETCH";
                    default -> "GET";
                };
        StringBuilder request =
                new StringBuilder(method)
                        .append(' ')
                        .append(target)
                        .append(query)
                        .append(" HTTP/1.1\r\n");
        if (random.nextInt(100) != 0) {
            request.append("Host: x\r\n");
        }
        if (random.nextInt(30) != 0) {
            request.append("X-API-Key: ").append(key).append("\r\n");
        }
        switch (random.nextInt(25)) {
            case 0 -> request.append("Accept: text/csv\r\n");
            case 1 -> request.append("Accept: ").append(value()).append("\r\n");
            case 2 -> request.append("X-Request-Id: ").append(value()).append("\r\n");
            case 3 -> request.append("X-Long: ").append("y".repeat(9_000)).append("\r\n");
            case 4 -> request.append("Authorization: Bearer ").append(value()).append("\r\n");
            case 5 -> request.append("If-None-Match: ").append(value()).append("\r\n");
            case 6 -> request.append("Range: bytes=0-").append(value()).append("\r\n");
            case 7 -> request.append("Cookie: ").append(value()).append("\r\n");
            case 8 -> request.append("Content-Type: ").append(value()).append("\r\n");
            default -> {}
        }
        return request.append("\r\n").toString();
    }

    private String value() {
        if (random.nextInt(12) == 0) {
            byte[] bytes = new byte[random.nextInt(20)];
            random.nextBytes(bytes);
            StringBuilder escaped = new StringBuilder();
            for (byte b : bytes) {
                escaped.append('%').append("%02X".formatted(b & 0xFF));
            }
            return escaped.toString();
        }
        return VALUES.get(random.nextInt(VALUES.size()));
    }

    /** Sends on the connection that is open, or a new one if the server has ended that. */
    private Answer send(String request) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                if (socket == null || socket.isClosed()) {
                    socket = new Socket("127.0.0.1", port);
                    socket.setSoTimeout(60_000);
                    answers = new BufferedInputStream(socket.getInputStream());
                }
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                return read(request.startsWith("HEAD"));
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                if (attempt == 2) {
                    throw new IOException(request, e);
                }
                socket.close();
            }
        }
    }

    private Answer read(boolean headOnly) throws IOException {
        StringBuilder head = new StringBuilder();
        String line;
        while (!(line = line()).isEmpty()) {
            head.append(line).append('\n');
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int status = Integer.parseInt(head.substring(9, 12));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int length = lower.indexOf("\ncontent-length: ");
        if (headOnly || status == 304 || status == 204) {
            length = -1;
        } else if (length >= 0) {
            int end = lower.indexOf('\n', length + 1);
            body.write(answers.readNBytes(Integer.parseInt(lower.substring(length + 17, end))));
        } else if (lower.contains("transfer-encoding: chunked")) {
            for (int size; (size = Integer.parseInt(line(), 16)) > 0; line()) {
                body.write(answers.readNBytes(size));
            }
            line();
        }
        if (lower.contains("\nconnection: close")) {
            socket.close();
        }
        return new Answer(status, head.toString(), body.toByteArray());
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b; (b = answers.read()) != '\n'; ) {
            if (b < 0) {
                throw new IOException("The connection ended within an answer.");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
