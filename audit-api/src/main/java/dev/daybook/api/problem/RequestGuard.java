package dev.daybook.api.problem;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.boot.servlet.filter.OrderedFilter;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;

/**
 * Names each request, and refuses what nothing behind it can read: a query that is too long or not
 * well encoded, a header that is too long.
 */
@Component
class RequestGuard extends OncePerRequestFilter implements OrderedFilter {

    static final int LONGEST_QUERY = 8_192;
    static final int LONGEST_HEADER = 8_192;

    private final ProblemWriter problems;

    RequestGuard(ProblemWriter problems) {
        this.problems = problems;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        ProblemWriter.keepPath(request);
        response.setHeader(RequestId.HEADER, RequestId.of(request));
        try (MDC.MDCCloseable logged = RequestId.logged(request)) {
            String query = request.getQueryString();
            String header = longHeader(request);
            if (query != null && query.length() > LONGEST_QUERY) {
                problems.write(
                        request,
                        response,
                        Problem.REQUEST_TOO_LONG,
                        "The query has %d bytes, and may have %d: shorten it; a key that is longer goes into the path, /api/v1/entities/{table}/{key}/history."
                                .formatted(query.length(), LONGEST_QUERY));
            } else if (header != null) {
                problems.write(
                        request,
                        response,
                        Problem.HEADER_TOO_LONG,
                        "The header %s has more than %d bytes: leave it out or shorten it."
                                .formatted(header, LONGEST_HEADER));
            } else if (query != null && !wellEncoded(query)) {
                problems.write(
                        request,
                        response,
                        Problem.BAD_REQUEST,
                        "The query is not well encoded: encode the bytes of UTF-8 as %XX, once; a"
                                + " percent sign is %25.");
            } else if (!hasParameters(request)) {
                problems.write(
                        request,
                        response,
                        Problem.BAD_REQUEST,
                        "The query has a parameter without a name, or too many parameters: write"
                                + " name=value, joined by &.");
            } else {
                chain.doFilter(request, response);
            }
        }
    }

    /** Returns whether the container can take the query apart; it says no by an exception. */
    private static boolean hasParameters(HttpServletRequest request) {
        try {
            request.getParameterMap();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static @Nullable String longHeader(HttpServletRequest request) {
        for (String name : Collections.list(request.getHeaderNames())) {
            if (name.length() > LONGEST_HEADER) {
                return name.substring(0, 50) + "…";
            }
            for (String value : Collections.list(request.getHeaders(name))) {
                if (value.length() > LONGEST_HEADER) {
                    return name;
                }
            }
        }
        return null;
    }

    /** Returns whether a query's escapes are escapes, and what they say is UTF-8. */
    static boolean wellEncoded(String query) {
        if (query.indexOf('%') < 0 && query.chars().allMatch(c -> c < 0x80)) {
            return true;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(query.length());
        for (int i = 0; i < query.length(); i++) {
            char c = query.charAt(i);
            if (c == '%') {
                int high = i + 2 < query.length() ? digit(query.charAt(i + 1)) : -1;
                int low = i + 2 < query.length() ? digit(query.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    return false;
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else if (c > 0xFF) {
                return false;
            } else {
                // The container gives bytes that are not ASCII as the characters of their number.
                bytes.write(c);
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray()));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static int digit(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
