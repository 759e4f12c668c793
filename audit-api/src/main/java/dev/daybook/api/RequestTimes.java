package dev.daybook.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.servlet.filter.OrderedFilter;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Times requests, from when they come to when the last byte is written: the metric {@code
 * http.server.requests} with the tags that Spring Boot gives it. Spring Boot's own observation of a
 * request costs as much as a statement of it.
 */
@Component
final class RequestTimes extends OncePerRequestFilter implements OrderedFilter {

    private static final List<HttpMethod> METHODS = List.of(HttpMethod.values());

    private final MeterRegistry registry;
    private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

    RequestTimes(MeterRegistry registry) {
        this.registry = registry;
    }

    private record Kind(String method, String path, int status) {}

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 1;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long began = System.nanoTime();
        boolean failed = true;
        try {
            chain.doFilter(request, response);
            failed = false;
        } finally {
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(new AtTheEnd(request, response, began));
            } else {
                record(request, failed ? 500 : response.getStatus(), began);
            }
        }
    }

    private void record(HttpServletRequest request, int status, long began) {
        timers.computeIfAbsent(
                        new Kind(method(request.getMethod()), path(request, status), status),
                        this::timer)
                .record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }

    /** Anybody may make methods and paths up: what is none of ours has one name. */
    private static String method(String method) {
        for (HttpMethod known : METHODS) {
            if (known.matches(method)) {
                return method;
            }
        }
        return "UNKNOWN";
    }

    private static String path(HttpServletRequest request, int status) {
        Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        if (pattern != null) {
            return pattern.toString();
        }
        return switch (status / 100) {
            case 3 -> "REDIRECTION";
            case 4 -> status == 404 ? "NOT_FOUND" : "UNKNOWN";
            default -> "UNKNOWN";
        };
    }

    private Timer timer(Kind kind) {
        HttpStatus.Series series = HttpStatus.Series.resolve(kind.status());
        return Timer.builder("http.server.requests")
                .tag("method", kind.method())
                .tag("uri", kind.path())
                .tag("status", Integer.toString(kind.status()))
                .tag("outcome", series == null ? "UNKNOWN" : outcome(series))
                .tag("exception", "none")
                .tag("error", "none")
                .register(registry);
    }

    private static String outcome(HttpStatus.Series series) {
        return series == HttpStatus.Series.SUCCESSFUL ? "SUCCESS" : series.name();
    }

    /** Times an answer that another thread writes. */
    private final class AtTheEnd implements AsyncListener {

        private final HttpServletRequest request;
        private final HttpServletResponse response;
        private final long began;

        AtTheEnd(HttpServletRequest request, HttpServletResponse response, long began) {
            this.request = request;
            this.response = response;
            this.began = began;
        }

        @Override
        public void onComplete(AsyncEvent event) {
            record(request, response.getStatus(), began);
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }
}
