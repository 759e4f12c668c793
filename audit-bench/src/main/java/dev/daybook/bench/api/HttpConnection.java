package dev.daybook.bench.api;

import dev.daybook.local.pipeline.ConnectionInfo;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Asks the API over one connection that stays open. It knows of HTTP/1.1 no more than the API uses,
 * so that asking costs little beside answering, as with pgbench. Not for use by several threads.
 */
final class HttpConnection implements AutoCloseable {

    private static final String LENGTH = "\r\ncontent-length: ";
    private static final String CHUNKED = "\r\ntransfer-encoding: chunked";

    /** A status line alone is longer. */
    private static final int SHORTEST = 12;

    private static final String CLOSE = "\r\nconnection: close";

    /** The API closes a connection that is idle for 20 seconds. */
    private static final long MOST_IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final URI uri;
    private final String api;
    private final String headers;
    private final byte[] buffer = new byte[1 << 16];
    private Socket socket;
    private int at;
    private int filled;
    private long answeredAt = System.nanoTime();

    /**
     * An answer.
     *
     * @param status the status code
     * @param body the body, never compressed
     */
    record Answer(int status, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    HttpConnection(ConnectionInfo pipeline) {
        this.uri = URI.create(pipeline.api());
        this.api = uri.getRawPath();
        this.headers =
                " HTTP/1.1\r\nHost: %s:%d\r\nX-API-Key: %s\r\n\r\n"
                        .formatted(uri.getHost(), uri.getPort(), pipeline.apiKey());
        this.socket = connect(uri);
    }

    private static Socket connect(URI uri) {
        try {
            Socket socket = new Socket(uri.getHost(), uri.getPort());
            socket.setTcpNoDelay(true);
            return socket;
        } catch (IOException e) {
            throw new IllegalStateException("The API cannot be reached at " + uri, e);
        }
    }

    /** Returns the body of an answer, which must be 200. */
    String get(String path) {
        return answered(path).text();
    }

    /** Returns an answer, which must be 200. */
    Answer answered(String path) {
        Answer answer = ask(path);
        if (answer.status() != 200) {
            throw new IllegalStateException(path + ": " + answer.status() + " " + answer.text());
        }
        return answer;
    }

    /** Returns an answer, whatever it is. */
    Answer ask(String path) {
        try {
            if (System.nanoTime() - answeredAt > MOST_IDLE_NANOS) {
                connectAgain();
            }
            socket.getOutputStream()
                    .write(
                            ("GET " + (path.startsWith("/view") ? "" : api) + path + headers)
                                    .getBytes(StandardCharsets.US_ASCII));
            String head = head();
            String lower = head.toLowerCase(Locale.ROOT);
            int length = lower.indexOf(LENGTH);
            byte[] body =
                    lower.contains(CHUNKED)
                            ? chunks()
                            : bytes(length < 0 ? 0 : number(lower, length + LENGTH.length()));
            Answer answer = new Answer(Integer.parseInt(head.substring(9, 12)), body);
            if (lower.contains(CLOSE)) {
                connectAgain();
            }
            answeredAt = System.nanoTime();
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException(path, e);
        }
    }

    private void connectAgain() throws IOException {
        close();
        socket = connect(uri);
        at = 0;
        filled = 0;
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int length = chunk(); length > 0; length = chunk()) {
            body.write(bytes(length));
            line();
        }
        line();
        return body.toByteArray();
    }

    private int chunk() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    private byte[] bytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        int copied = Math.min(length, filled - at);
        System.arraycopy(buffer, at, bytes, 0, copied);
        at += copied;
        InputStream in = socket.getInputStream();
        if (in.readNBytes(bytes, copied, length - copied) < length - copied) {
            throw new EOFException("The API closed the connection amidst an answer");
        }
        return bytes;
    }

    /** Reads the status line and the headers, with the empty line behind them. */
    private String head() throws IOException {
        for (int i = at; ; i++) {
            if (i - at >= SHORTEST && isEnd(i)) {
                String head = new String(buffer, at, i - at, StandardCharsets.ISO_8859_1);
                at = i;
                return head;
            }
            if (i == filled) {
                i -= fill();
            }
        }
    }

    private boolean isEnd(int before) {
        return buffer[before - 1] == '\n'
                && buffer[before - 2] == '\r'
                && buffer[before - 3] == '\n';
    }

    private String line() throws IOException {
        for (int i = at; ; i++) {
            if (i == filled) {
                i -= fill();
            }
            if (buffer[i] == '\n') {
                String line = new String(buffer, at, i - 1 - at, StandardCharsets.ISO_8859_1);
                at = i + 1;
                return line;
            }
        }
    }

    /** Reads more behind what is left, and returns by how much that was moved to the front. */
    private int fill() throws IOException {
        int moved = at;
        System.arraycopy(buffer, at, buffer, 0, filled - at);
        filled -= at;
        at = 0;
        int read = socket.getInputStream().read(buffer, filled, buffer.length - filled);
        if (read <= 0) {
            throw new EOFException("The API closed the connection");
        }
        filled += read;
        return moved;
    }

    private static int number(String text, int from) {
        int end = from;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        return Integer.parseInt(text.substring(from, end));
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
