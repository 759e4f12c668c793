package dev.daybook.api.security;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemWriter;
import dev.daybook.api.query.Caller;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.transaction.TransactionException;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.util.List;

/**
 * Authenticates requests that carry an API key, as {@code Authorization: Bearer} or {@code
 * X-API-Key}. A bearer that is no key is left to whoever understands tokens.
 */
final class ApiKeyFilter extends OncePerRequestFilter {

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeyFilter.class);

    static final String HEADER = "X-API-Key";
    private static final String BEARER = "Bearer ";

    private final ApiKeyCheck keys;
    private final ProblemWriter problems;

    ApiKeyFilter(ApiKeyCheck keys, ProblemWriter problems) {
        this.keys = keys;
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String key = key(request);
        if (key != null) {
            Caller caller;
            try {
                caller = keys.caller(key);
            } catch (DataAccessException | TransactionException e) {
                LOG.warn(
                        "Could not look an API key up; the request is answered 503: {}",
                        e.getMessage());
                response.setHeader(HttpHeaders.RETRY_AFTER, "5");
                problems.write(
                        request,
                        response,
                        Problem.DATABASE_UNAVAILABLE,
                        "The audit database, which knows the API keys, cannot be reached at the"
                                + " moment: try again in a few seconds.");
                return;
            }
            if (caller != null) {
                SecurityContext context = SecurityContextHolder.createEmptyContext();
                context.setAuthentication(new AuthenticatedCaller(caller));
                SecurityContextHolder.setContext(context);
                chain.doFilter(new WithoutBearer(request), response);
                return;
            }
        }
        chain.doFilter(request, response);
    }

    private static @Nullable String key(HttpServletRequest request) {
        String header = request.getHeader(HEADER);
        if (header != null) {
            return header.strip();
        }
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        return authorization != null
                        && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : null;
    }

    /** The rest of the chain does not see the key, and so does not take it for a token. */
    private static final class WithoutBearer
            extends jakarta.servlet.http.HttpServletRequestWrapper {

        WithoutBearer(HttpServletRequest request) {
            super(request);
        }

        @Override
        public @Nullable String getHeader(String name) {
            return hidden(name) ? null : super.getHeader(name);
        }

        @Override
        public java.util.Enumeration<String> getHeaders(String name) {
            return hidden(name)
                    ? java.util.Collections.enumeration(List.of())
                    : super.getHeaders(name);
        }

        private static boolean hidden(String name) {
            return HttpHeaders.AUTHORIZATION.equalsIgnoreCase(name)
                    || HEADER.equalsIgnoreCase(name);
        }
    }
}
