package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

class ObjectLockAnchorTest {

    private static final Instant NOW = Instant.parse("2026-11-28T09:00:00Z");

    private final Bucket bucket = new Bucket();
    private final S3Client s3 =
            S3Client.builder()
                    .httpClient(UrlConnectionHttpClient.create())
                    .endpointOverride(bucket.uri())
                    .forcePathStyle(true)
                    .region(Region.EU_CENTRAL_1)
                    .credentialsProvider(
                            StaticCredentialsProvider.create(
                                    AwsBasicCredentials.create("id", "secret")))
                    .build();
    private final ObjectLockAnchor anchor =
            new ObjectLockAnchor(
                    s3, "vault", "daybook/", Duration.ofDays(30), Clock.fixed(NOW, ZoneOffset.UTC));

    @AfterEach
    void stop() {
        s3.close();
        bucket.server.stop(0);
    }

    @Test
    void aCheckpointIsKeptInComplianceModeUntilItsRetentionHasPassed() throws IOException {
        anchor.add(note(7, "one"));

        assertThat(bucket.headers)
                .singleElement()
                .satisfies(
                        headers -> {
                            assertThat(headers)
                                    .containsEntry("x-amz-object-lock-mode", "COMPLIANCE")
                                    .containsEntry("if-none-match", "*")
                                    .containsKey("x-amz-sdk-checksum-algorithm");
                            assertThat(
                                            Instant.parse(
                                                    headers.get(
                                                            "x-amz-object-lock-retain-until-date")))
                                    .isEqualTo(NOW.plus(Duration.ofDays(30)));
                        });
    }

    @Test
    void whatItHasSeenComesBackInTheOrderOfTheSizes() throws IOException {
        for (long size : new long[] {100, 7, 23}) {
            anchor.add(note(size, "one"));
        }
        anchor.add(note(23, "one"));

        assertThat(anchor.checkpoints())
                .containsExactly(note(7, "one"), note(23, "one"), note(100, "one"));
    }

    @Test
    void anotherCheckpointOfASizeIsRefusedAndNamed() throws IOException {
        anchor.add(note(7, "one"));

        assertThatThrownBy(() -> anchor.add(note(7, "other")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another checkpoint of 7 leaves");
        assertThat(anchor.checkpoints()).containsExactly(note(7, "one"));
    }

    @Test
    void aBucketThatRefusesIsAFailure() {
        bucket.refuses = true;

        assertThatThrownBy(() -> anchor.add(note(7, "one")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Access Denied");
    }

    private static String note(long size, String root) {
        return "daybook.test\n" + size + "\n" + root + "\n\n\u2014 daybook.test AAAA\n";
    }

    /** Answers as S3 does, as far as the anchor asks; keeps what was written first. */
    private static final class Bucket {

        final HttpServer server;
        final Map<String, byte[]> objects = new ConcurrentSkipListMap<>();
        final List<Map<String, String>> headers = new ArrayList<>();
        volatile boolean refuses;

        Bucket() {
            try {
                server =
                        HttpServer.create(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            server.createContext("/vault", this::answer);
            server.start();
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        private void answer(HttpExchange exchange) throws IOException {
            String path = exchange.getRequestURI().getPath();
            String name =
                    path.length() > "/vault/".length() ? path.substring("/vault/".length()) : "";
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (refuses) {
                say(exchange, 403, error("AccessDenied", "Access Denied"));
            } else if (exchange.getRequestMethod().equals("PUT")) {
                Map<String, String> seen = new TreeMap<>();
                exchange.getRequestHeaders()
                        .forEach(
                                (key, values) ->
                                        seen.put(
                                                key.toLowerCase(java.util.Locale.ROOT),
                                                values.getFirst()));
                if (objects.putIfAbsent(name, unchunked(body, seen)) == null) {
                    headers.add(seen);
                    say(exchange, 200, "");
                } else {
                    say(exchange, 412, error("PreconditionFailed", "It exists"));
                }
            } else if (name.isEmpty()) {
                StringBuilder list =
                        new StringBuilder(
                                "<ListBucketResult><Name>vault</Name><IsTruncated>false</IsTruncated>");
                objects.forEach(
                        (key, value) ->
                                list.append("<Contents><Key>")
                                        .append(key)
                                        .append("</Key></Contents>"));
                say(exchange, 200, list.append("</ListBucketResult>").toString());
            } else {
                byte[] object = objects.get(name);
                if (object == null) {
                    say(exchange, 404, error("NoSuchKey", "None"));
                } else {
                    exchange.sendResponseHeaders(200, object.length);
                    exchange.getResponseBody().write(object);
                    exchange.close();
                }
            }
        }

        /** Takes the content out of the chunks in which a body with a checksum behind it comes. */
        private static byte[] unchunked(byte[] body, Map<String, String> headers) {
            if (!headers.getOrDefault("content-encoding", "").contains("aws-chunked")) {
                return body;
            }
            String text = new String(body, StandardCharsets.ISO_8859_1);
            int line = text.indexOf("\r\n");
            int length = Integer.parseInt(text.substring(0, line).split(";")[0], 16);
            return text.substring(line + 2, line + 2 + length)
                    .getBytes(StandardCharsets.ISO_8859_1);
        }

        private static String error(String code, String message) {
            return "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>";
        }

        private static void say(HttpExchange exchange, int status, String xml) throws IOException {
            byte[] bytes = xml.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }
    }
}
