package dev.daybook.bucket;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Answers as S3 does, as far as Daybook asks: a bucket with puts under conditions, gets, deletes
 * and a list. Each change of an object is atomic, and the next read sees it.
 */
public final class S3Emulator implements AutoCloseable {

    /** What becomes of a put. */
    public enum Fate {
        /** It is done and answered. */
        DONE,
        /** It is not done, and the answer is that the service is busy. */
        REFUSED,
        /** It is done, and the answer says that the service failed. */
        ANSWER_LOST
    }

    private record Stored(byte[] content, String tag) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final String bucket;
    private final Map<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final List<Map<String, String>> headers =
            Collections.synchronizedList(new ArrayList<>());
    private volatile boolean refuses;
    private volatile Supplier<Fate> fates = () -> Fate.DONE;
    private long tags;

    public S3Emulator(String bucket) {
        this.bucket = bucket;
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/" + bucket, this::answer);
        server.start();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Returns a client of it. */
    public S3Client client() {
        return S3Client.builder()
                .httpClient(UrlConnectionHttpClient.create())
                .endpointOverride(uri())
                .forcePathStyle(true)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create("id", "secret")))
                .build();
    }

    /** Returns the headers of each put that was done, by their names in lower case. */
    public List<Map<String, String>> headers() {
        return headers;
    }

    /** Returns the objects' names. */
    public List<String> names() {
        return List.copyOf(objects.keySet());
    }

    /** Changes an object behind everybody's back. */
    public void set(String name, byte[] content) {
        synchronized (this) {
            objects.put(name, new Stored(content, "\"" + ++tags + "\""));
        }
    }

    /** Answers everything with "Access Denied" from now on. */
    public void refuseAll() {
        refuses = true;
    }

    /** Says what becomes of each put from now on. */
    public void decide(Supplier<Fate> decide) {
        fates = decide;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        int begin = bucket.length() + 2;
        String name = path.length() > begin ? path.substring(begin) : "";
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (refuses) {
            say(exchange, 403, error("AccessDenied", "Access Denied"));
            return;
        }
        switch (exchange.getRequestMethod()) {
            case "PUT" -> put(exchange, name, body);
            case "DELETE" -> {
                objects.remove(name);
                say(exchange, 204, "");
            }
            default -> {
                if (name.isEmpty()) {
                    list(exchange);
                } else {
                    get(exchange, name);
                }
            }
        }
    }

    private void put(HttpExchange exchange, String name, byte[] body) throws IOException {
        Map<String, String> seen = new TreeMap<>();
        exchange.getRequestHeaders()
                .forEach(
                        (key, values) -> seen.put(key.toLowerCase(Locale.ROOT), values.getFirst()));
        Fate fate = fates.get();
        if (fate == Fate.REFUSED) {
            say(exchange, 503, error("SlowDown", "Reduce your request rate"));
            return;
        }
        Stored done;
        synchronized (this) {
            Stored there = objects.get(name);
            String match = seen.get("if-match");
            if (match != null && there == null) {
                say(exchange, 404, error("NoSuchKey", "None"));
                return;
            }
            if (seen.containsKey("if-none-match") && there != null
                    || match != null && !match.equals(there.tag())) {
                say(exchange, 412, error("PreconditionFailed", "It is another"));
                return;
            }
            done = new Stored(unchunked(body, seen), "\"" + ++tags + "\"");
            objects.put(name, done);
            headers.add(seen);
        }
        if (fate == Fate.ANSWER_LOST) {
            say(exchange, 500, error("InternalError", "We encountered an internal error"));
            return;
        }
        exchange.getResponseHeaders().set("ETag", done.tag());
        say(exchange, 200, "");
    }

    private void get(HttpExchange exchange, String name) throws IOException {
        Stored there = objects.get(name);
        if (there == null) {
            say(exchange, 404, error("NoSuchKey", "None"));
            return;
        }
        exchange.getResponseHeaders().set("ETag", there.tag());
        exchange.sendResponseHeaders(
                200, there.content().length == 0 ? -1 : there.content().length);
        exchange.getResponseBody().write(there.content());
        exchange.close();
    }

    private void list(HttpExchange exchange) throws IOException {
        StringBuilder list =
                new StringBuilder("<ListBucketResult><Name>")
                        .append(bucket)
                        .append("</Name><IsTruncated>false</IsTruncated>");
        objects.forEach(
                (key, value) ->
                        list.append("<Contents><Key>").append(key).append("</Key></Contents>"));
        say(exchange, 200, list.append("</ListBucketResult>").toString());
    }

    /** Takes the content out of the chunks in which a body with a checksum behind it comes. */
    private static byte[] unchunked(byte[] body, Map<String, String> headers) {
        if (!headers.getOrDefault("content-encoding", "").contains("aws-chunked")) {
            return body;
        }
        String text = new String(body, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int line = text.indexOf("\r\n", at);
            int length = Integer.parseInt(text.substring(at, line).split(";")[0], 16);
            if (length == 0) {
                return content.toByteArray();
            }
            content.write(body, line + 2, length);
            at = line + 2 + length + 2;
        }
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

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
