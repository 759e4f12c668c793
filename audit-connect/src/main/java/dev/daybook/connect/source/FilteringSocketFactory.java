package dev.daybook.connect.source;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

import javax.net.SocketFactory;

/**
 * Makes the sockets of replication connections, whose input passes a {@link LargeValueFilter}.
 * pgjdbc makes one by name; its argument is the longest value, in bytes.
 */
public final class FilteringSocketFactory extends SocketFactory {

    private final int maxValueBytes;

    /** For pgjdbc. */
    public FilteringSocketFactory(String maxValueBytes) {
        this.maxValueBytes = Integer.parseInt(maxValueBytes);
    }

    @Override
    public Socket createSocket() {
        return new FilteredSocket(maxValueBytes);
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

    private static final class FilteredSocket extends Socket {
        private final int maxValueBytes;
        private @Nullable InputStream filtered;

        FilteredSocket(int maxValueBytes) {
            this.maxValueBytes = maxValueBytes;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            InputStream known = filtered;
            if (known == null) {
                known = new LargeValueFilter(super.getInputStream(), maxValueBytes);
                filtered = known;
            }
            return known;
        }
    }
}
