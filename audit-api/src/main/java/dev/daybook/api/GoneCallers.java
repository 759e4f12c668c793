package dev.daybook.api;

import dev.daybook.api.problem.BrokenOff;
import dev.daybook.api.query.OpenRequest;

import jakarta.servlet.ServletException;

import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks whether the callers of requests that take long are still there, and abandons the requests
 * of those that are not: their statements end, and their connections are free.
 *
 * <p>A caller that has shut its side of the connection counts as gone, as with most servers.
 */
final class GoneCallers extends ValveBase {

    private static final long EVERY_MILLIS = 250;

    private final Set<Watched> open = ConcurrentHashMap.newKeySet();
    private @Nullable ScheduledExecutorService watch;

    GoneCallers() {
        super(true);
    }

    @Override
    protected synchronized void startInternal() throws LifecycleException {
        super.startInternal();
        watch =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("gone-callers").factory());
        watch.scheduleWithFixedDelay(
                () -> open.forEach(Watched::look),
                EVERY_MILLIS,
                EVERY_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    @Override
    protected synchronized void stopInternal() throws LifecycleException {
        if (watch != null) {
            watch.shutdownNow();
        }
        super.stopInternal();
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        Watched watched = new Watched(request.getCoyoteRequest(), OpenRequest.begin());
        open.add(watched);
        BrokenOff.allow(
                request.getRequest(),
                () -> response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null));
        try {
            getNext().invoke(request, response);
        } finally {
            open.remove(watched);
            watched.end();
            OpenRequest.end();
        }
    }

    /** A request that is being answered. */
    private static final class Watched {

        private final org.apache.coyote.Request connection;
        private final OpenRequest request;
        private boolean looked;
        private boolean ended;

        Watched(org.apache.coyote.Request connection, OpenRequest request) {
            this.connection = connection;
            this.request = request;
        }

        /** Lets nobody look at the connection any more: the next request on it may begin. */
        synchronized void end() {
            ended = true;
        }

        synchronized void look() {
            if (ended) {
                return;
            }
            if (!looked) {
                looked = true; // most requests are over by the next time
                return;
            }
            // At the end of the stream it reads again and again that something is there. Of a
            // request that is sent ahead it says so once.
            boolean first = readable();
            if (first && readable()) {
                request.abandon();
            }
        }

        private boolean readable() {
            connection.action(ActionCode.AVAILABLE, Boolean.TRUE);
            return connection.getAvailable() > 0;
        }
    }
}
