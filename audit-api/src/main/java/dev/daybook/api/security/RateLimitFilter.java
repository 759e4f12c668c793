package dev.daybook.api.security;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemWriter;
import dev.daybook.api.query.Caller;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;

/**
 * Answers what is beyond a caller's rate with 429, and says with each answer what is left of it
 * (draft-ietf-httpapi-ratelimit-headers).
 */
final class RateLimitFilter extends OncePerRequestFilter {

    private final RateLimit limit;
    private final ProblemWriter problems;

    RateLimitFilter(RateLimit limit, ProblemWriter problems) {
        this.limit = limit;
        this.problems = problems;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return limit.isUnlimited() || request.getRequestURI().startsWith("/view/assets/");
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (!(authentication instanceof AuthenticatedCaller authenticated)) {
            chain.doFilter(request, response);
            return;
        }
        Caller caller = authenticated.getPrincipal();
        RateLimit.Decision decision = limit.take(caller.credential() + " " + caller.id());
        response.setHeader("RateLimit-Policy", "\"caller\";q=%d;w=60".formatted(limit.perMinute()));
        response.setHeader(
                "RateLimit", "\"caller\";r=%d;t=%d".formatted(decision.left(), decision.fullIn()));
        if (decision.taken()) {
            chain.doFilter(request, response);
            return;
        }
        response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(decision.nextIn()));
        problems.write(
                request,
                response,
                Problem.TOO_MANY_REQUESTS,
                "This key or token has made more than %d requests in a minute: wait %d s, ask for more"
                                .formatted(limit.perMinute(), decision.nextIn())
                        + " items at once with \"limit\", or take an export.");
    }
}
