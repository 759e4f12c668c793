package dev.daybook.local.pipeline;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.Principal;

/**
 * Asks for the API's key before the ingest answers; only its health is open, without details. On
 * one machine every process reaches the ingest's address.
 */
final class KeyFilter extends HttpFilter {

    private static final long serialVersionUID = 1L;
    private static final String BEARER = "Bearer ";
    private static final String OPEN = "/actuator/health";

    private final byte[] key;

    KeyFilter(String key) {
        this.key = key.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    protected void doFilter(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String path = request.getRequestURI();
        if (knows(request)) {
            chain.doFilter(new Authenticated(request), response);
        } else if (path.equals(OPEN) || path.startsWith(OPEN + "/")) {
            chain.doFilter(request, response);
        } else {
            response.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
            response.setHeader("WWW-Authenticate", "Bearer realm=\"daybook\"");
            response.setContentType("application/problem+json");
            response.getOutputStream()
                    .write(
                            "{\"status\":401,\"title\":\"A key is needed: Authorization: Bearer, or X-API-Key.\"}"
                                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    private boolean knows(HttpServletRequest request) {
        return equal(request.getHeader("X-API-Key")) || equal(bearer(request));
    }

    private static @Nullable String bearer(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        return header != null && header.startsWith(BEARER)
                ? header.substring(BEARER.length()).strip()
                : null;
    }

    private boolean equal(@Nullable String given) {
        return given != null && MessageDigest.isEqual(key, given.getBytes(StandardCharsets.UTF_8));
    }

    /** A request whose sender has the key, and may see details. */
    private static final class Authenticated extends HttpServletRequestWrapper {

        Authenticated(HttpServletRequest request) {
            super(request);
        }

        @Override
        public Principal getUserPrincipal() {
            return () -> "local";
        }
    }
}
