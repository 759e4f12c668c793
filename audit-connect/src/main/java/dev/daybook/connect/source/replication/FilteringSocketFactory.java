package dev.daybook.connect.source.replication;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import javax.net.SocketFactory;

/**
 * Makes the sockets of replication connections, whose input passes a {@link LargeValueFilter}.
 * pgjdbc makes a factory by name and passes a text; the text is {@link #argument}.
 */
public final class FilteringSocketFactory extends SocketFactory {

    private static final AtomicLong NUMBERS = new AtomicLong();

    /** The sockets that were made for connections still being opened, by the factory's argument. */
    private static final Map<String, FilteredSocket> MADE = new ConcurrentHashMap<>();

    private final String argument;

    /** For pgjdbc. */
    public FilteringSocketFactory(String argument) {
        this.argument = argument;
    }

    /** Returns an argument that no other connection has, for values of up to so many bytes. */
    static String argument(int maxValueBytes) {
        return maxValueBytes + "/" + NUMBERS.incrementAndGet();
    }

    /** Returns the socket that was made last for that argument; null if none was. Tells it once. */
    static @Nullable FilteredSocket made(String argument) {
        return MADE.remove(argument);
    }

    @Override
    public Socket createSocket() {
        FilteredSocket socket =
                new FilteredSocket(Integer.parseInt(argument.substring(0, argument.indexOf('/'))));
        MADE.put(argument, socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        throw notAsked();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
            throws IOException {
        throw notAsked();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        throw notAsked();
    }

    @Override
    public Socket createSocket(
            InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        throw notAsked();
    }

    private static IOException notAsked() {
        return new IOException(
                "Only unconnected sockets are made here, which pgjdbc connects itself.");
    }

    /** A socket that can be told how long to wait for a message to begin. */
    static final class FilteredSocket extends Socket {

        /** How long pgjdbc waits to see whether a message begins. */
        private static final int LOOK_MILLIS = 1;

        private final int maxValueBytes;
        private int patienceMillis = LOOK_MILLIS;
        private @Nullable LargeValueFilter filtered;

        FilteredSocket(int maxValueBytes) {
            this.maxValueBytes = maxValueBytes;
        }

        /**
         * How long one look for a message waits for it to begin, in milliseconds; 0 for not at all.
         */
        void patience(int millis) {
            patienceMillis = millis;
        }

        @Override
        public void setSoTimeout(int millis) throws SocketException {
            boolean looks = millis == LOOK_MILLIS;
            super.setSoTimeout(looks ? Math.max(LOOK_MILLIS, patienceMillis) : millis);
            LargeValueFilter filter = filtered;
            if (filter != null) {
                filter.waiting(!looks || patienceMillis > 0);
            }
        }

        @Override
        public InputStream getInputStream() throws IOException {
            LargeValueFilter known = filtered;
            if (known == null) {
                known = new LargeValueFilter(super.getInputStream(), maxValueBytes);
                filtered = known;
            }
            return known;
        }
    }
}
