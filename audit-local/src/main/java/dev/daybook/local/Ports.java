package dev.daybook.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** The ports of one pipeline, all on loopback. */
record Ports(int api, int database, int kafka, int controller, int ingest) {

    /**
     * The ports from {@code first} on, or any free ones for 0.
     *
     * @throws UserError if one of them is taken
     */
    static Ports from(int first) {
        if (first == 0) {
            return free();
        }
        String[] parts = {
            "the API", "PostgreSQL", "Kafka", "Kafka's controller", "the ingest's metrics"
        };
        if (first < 1 || first > 65_535 - parts.length) {
            throw new UserError(
                    "--port " + first + " is not a port.",
                    "Give one from 1 to 65530, or 0 for free ones.");
        }
        for (int i = 0; i < parts.length; i++) {
            if (isTaken(first + i)) {
                throw new UserError(
                        "Port " + (first + i) + ", meant for " + parts[i] + ", is taken.",
                        "Choose another with --port, or --port 0 for free ones.");
            }
        }
        return new Ports(first, first + 1, first + 2, first + 3, first + 4);
    }

    private static boolean isTaken(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return !socket.isBound();
        } catch (IOException e) {
            return true;
        }
    }

    private static Ports free() {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            // Held together, so that all are different.
            for (int i = 0; i < 5; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1")));
            }
            return new Ports(
                    sockets.get(0).getLocalPort(),
                    sockets.get(1).getLocalPort(),
                    sockets.get(2).getLocalPort(),
                    sockets.get(3).getLocalPort(),
                    sockets.get(4).getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (ServerSocket socket : sockets) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
