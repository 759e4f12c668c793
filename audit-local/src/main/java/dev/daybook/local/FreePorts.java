package dev.daybook.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of loopback that nothing listens on.
 *
 * <p>They are below those that systems give to outgoing connections (Linux from 32768, others from
 * 49152), so that no connection takes one between the look and the server's start, or while the
 * server is down.
 */
public final class FreePorts {

    private static final int LOWEST = 10_000;
    private static final int LOWEST_OF_OUTGOING = 32_768;

    private FreePorts() {}

    public static int one() {
        return distinct(1)[0];
    }

    public static int[] distinct(int count) {
        return ThreadLocalRandom.current()
                .ints(LOWEST, LOWEST_OF_OUTGOING)
                .distinct()
                .filter(port -> !isTaken(port))
                .limit(count)
                .toArray();
    }

    public static boolean isTaken(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return !socket.isBound();
        } catch (IOException e) {
            return true;
        }
    }
}
