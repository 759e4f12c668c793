package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Asks an API with requests made from its description: every operation, with values that fit,
 * values that do not, and bytes that no client sends. Each is answered, none with a fault, and each
 * refusal must be a problem document of 2 kB at most.
 */
public final class RequestFuzzer implements Closeable {

    /** The largest problem document, in bytes. */
    private static final int LARGEST_PROBLEM = 2_000;

    private static final int PATIENCE = 120_000;

    private static final JsonMapper JSON = JsonMapper.builder().build();
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

    private final int port;
    private final List<String> keys;
    private final long seed;
    private final Random random;
    private final List<Operation> operations = new ArrayList<>();
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private Socket socket;
    private InputStream answers;

    /** An answer, its head as it came, in lines. */
    public record Answer(int status, String head, byte[] body) {

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private record Operation(String path, List<Parameter> parameters) {}

    private record Parameter(String name, boolean inPath, List<String> fitting) {}

    /**
     * @param keys a request carries one of these, seldom none
     * @param seed the same seed makes the same requests
     */
    public RequestFuzzer(int port, List<String> keys, long seed) throws IOException {
        this.port = port;
        this.keys = List.copyOf(keys);
        this.seed = seed;
        this.random = new Random(seed);
        describe();
    }

    private void describe() throws IOException {
        JSON.readTree(send("GET /v3/api-docs HTTP/1.1\r\nHost: x\r\n\r\n").body())
                .at("/paths")
                .propertyStream()
                // A stream has no end.
                .filter(operation -> !operation.getKey().endsWith("/stream"))
                .forEach(
                        operation ->
                                operations.add(
                                        new Operation(
                                                operation.getKey(),
                                                parameters(operation.getValue()))));
    }

    private static List<Parameter> parameters(JsonNode operation) {
        List<Parameter> parameters = new ArrayList<>();
        for (JsonNode parameter : operation.at("/get/parameters")) {
            JsonNode schema = parameter.at("/schema");
            JsonNode of = schema.has("items") ? schema.at("/items") : schema;
            List<String> fitting = new ArrayList<>();
            add(fitting, parameter.at("/example"));
            of.at("/examples").forEach(example -> add(fitting, example));
            of.at("/enum").forEach(word -> add(fitting, word));
            add(fitting, of.at("/default"));
            parameters.add(
                    new Parameter(
                            parameter.at("/name").asString(),
                            parameter.at("/in").asString().equals("path"),
                            fitting));
        }
        return parameters;
    }

    private static void add(List<String> values, JsonNode value) {
        if (!value.isMissingNode() && !value.isNull()) {
            values.add(ApiFixture.encoded(value.asString()));
        }
    }

    /** Sends requests and holds each answer to what every answer must be. */
    public void run(int requests) throws IOException {
        run(requests, (request, answer) -> {});
    }

    /**
     * Sends requests likewise.
     *
     * @param further what else is demanded of the answer to a request
     */
    public void run(int requests, BiConsumer<String, Answer> further) throws IOException {
        for (int i = 0; i < requests; i++) {
            String request = request(operations.get(random.nextInt(operations.size())));
            Answer answer = send(request);
            check(answer, request);
            further.accept(request, answer);
            statuses.merge(answer.status(), 1, Integer::sum);
            if ((i + 1) % 10_000 == 0) {
                System.out.println((i + 1) + " requests: " + statuses);
            }
        }
    }

    /** Returns how many requests were answered with each status. */
    public Map<Integer, Integer> statuses() {
        return Map.copyOf(statuses);
    }

    @Override
    public String toString() {
        return "seed " + seed + ": " + statuses;
    }

    private void check(Answer answer, String request) {
        String body = answer.text();
        String as = "seed %d: %s%n%s%n%s".formatted(seed, request, answer.head(), body);
        if (answer.status() >= 500) {
            assertThat(answer.status()).as(as).isEqualTo(503);
            if (request.startsWith("HEAD")) {
                assertThat(answer.head()).as(as).contains("application/problem+json");
            } else {
                assertThat(body).as(as).containsAnyOf("problem:busy", "problem:too-slow");
            }
        }
        if (answer.status() >= 400 && !request.startsWith("HEAD")) {
            assertThat(answer.head().toLowerCase(Locale.ROOT))
                    .as(as)
                    .contains("content-type: application/problem+json", "x-request-id: ");
            assertThat(answer.body().length).as(as).isLessThanOrEqualTo(LARGEST_PROBLEM);
            JsonNode problem = JSON.readTree(body);
            assertThat(problem.at("/status").asInt()).as(as).isEqualTo(answer.status());
            assertThat(problem.at("/type").asString()).as(as).startsWith("urn:daybook:problem:");
            assertThat(body)
                    .as(as)
                    .doesNotContain("java.", "org.", "Exception", "For input string", "/home/");
        }
    }

    private String request(Operation operation) {
        String target = operation.path();
        StringBuilder query = new StringBuilder();
        for (Parameter parameter : operation.parameters()) {
            if (parameter.inPath()) {
                target = target.replace("{" + parameter.name() + "}", value(parameter));
            } else if (random.nextInt(5) == 0) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(random.nextInt(40) == 0 ? anyValue() : parameter.name())
                        .append('=')
                        .append(value(parameter));
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
            request.append("X-API-Key: ")
                    .append(keys.get(random.nextInt(keys.size())))
                    .append("\r\n");
        }
        switch (random.nextInt(25)) {
            case 0 -> request.append("Accept: text/csv\r\n");
            case 1 -> request.append("Accept: ").append(anyValue()).append("\r\n");
            case 2 -> request.append("X-Request-Id: ").append(anyValue()).append("\r\n");
            case 3 -> request.append("X-Long: ").append("y".repeat(9_000)).append("\r\n");
            case 4 -> request.append("Authorization: Bearer ").append(anyValue()).append("\r\n");
            case 5 -> request.append("If-None-Match: ").append(anyValue()).append("\r\n");
            case 6 -> request.append("Range: bytes=0-").append(anyValue()).append("\r\n");
            case 7 -> request.append("Cookie: ").append(anyValue()).append("\r\n");
            case 8 -> request.append("Content-Type: ").append(anyValue()).append("\r\n");
            case 9 -> request.append(bytes()).append(": ").append(bytes()).append("\r\n");
            default -> {}
        }
        return request.append("\r\n").toString();
    }

    /** Returns a value as the description gives it, about every other time where it gives one. */
    private String value(Parameter parameter) {
        List<String> fitting = parameter.fitting();
        return fitting.isEmpty() || random.nextBoolean()
                ? anyValue()
                : fitting.get(random.nextInt(fitting.size()));
    }

    private String anyValue() {
        return switch (random.nextInt(24)) {
            case 0, 1 -> escapes();
            case 2 -> bytes().replaceAll("[\\x00-\\x20]", "");
            default -> VALUES.get(random.nextInt(VALUES.size()));
        };
    }

    /** Bytes that are escaped as they should be, of which most are no UTF-8. */
    private String escapes() {
        StringBuilder escaped = new StringBuilder();
        for (char c : bytes().toCharArray()) {
            escaped.append('%').append("%02X".formatted((int) c));
        }
        return escaped.toString();
    }

    /** Bytes but line ends, each as the character of its number. */
    private String bytes() {
        StringBuilder text = new StringBuilder();
        for (int left = 1 + random.nextInt(20); left > 0; left--) {
            text.append((char) random.nextInt(256));
        }
        return text.toString().replace('\r', '_').replace('\n', '_');
    }

    /** Sends on the connection that is open, or a new one if the server has ended that. */
    private Answer send(String request) throws IOException {
        boolean export = request.contains("/entries/export");
        for (int attempt = 0; ; attempt++) {
            try {
                if (socket == null || socket.isClosed()) {
                    socket = new Socket("127.0.0.1", port);
                    answers = new BufferedInputStream(socket.getInputStream());
                }
                socket.setSoTimeout(PATIENCE);
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                return read(request.startsWith("HEAD"), export);
            } catch (SocketTimeoutException e) {
                socket.close();
                throw new IOException("No answer in time: " + request, e);
            } catch (IOException e) {
                if (attempt == 2) {
                    throw new IOException(request, e);
                }
                socket.close();
            }
        }
    }

    private Answer read(boolean headOnly, boolean export) throws IOException {
        StringBuilder head = new StringBuilder();
        String line;
        while (!(line = line()).isEmpty()) {
            head.append(line).append('\n');
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int status = Integer.parseInt(head.substring(9, 12));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (export && status == 200) {
            // As a caller who goes away: the whole may be the whole log.
            socket.close();
            return new Answer(status, head.toString(), body.toByteArray());
        }
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

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
        }
    }
}
