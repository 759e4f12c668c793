package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.problem.ProblemWriter;
import dev.daybook.api.query.Caller;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.UriUtils;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The viewer's pages: a session that a key begins, forms with a token, and nothing from elsewhere
 * or in place in a page.
 */
@Configuration(proxyBeanMethods = false)
class ViewerSecurity {

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    @Bean
    @Order(1)
    SecurityFilterChain viewer(
            HttpSecurity http,
            SignIn signIn,
            ApiKeyCheck keys,
            RateLimit rate,
            ApiSettings settings,
            ProblemWriter problems) {
        CookieCsrfTokenRepository tokens = new CookieCsrfTokenRepository();
        tokens.setCookieName("daybook_form");
        tokens.setCookieCustomizer(
                cookie -> cookie.path("/view").httpOnly(true).sameSite("Strict"));
        AccessDeniedHandler denied =
                (request, response, failure) ->
                        html(
                                response,
                                HttpServletResponse.SC_FORBIDDEN,
                                "<title>Form out of date</title><h1>This form is out of date</h1>"
                                        + "<p>Nothing was done. Go back, load the page again and send"
                                        + " the form once more.</p><p><a href=\"/view\">Home</a></p>");
        http.securityMatcher("/view", "/view/**")
                .httpBasic(AbstractHttpConfigurer::disable)
                .formLogin(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .securityContext(AbstractHttpConfigurer::disable)
                // A session begins in SignIn alone: what is here by default gives it another id
                // with each request, and pages load parts at the same time.
                .sessionManagement(AbstractHttpConfigurer::disable)
                .csrf(csrf -> csrf.csrfTokenRepository(tokens))
                .authorizeHttpRequests(
                        requests ->
                                requests.dispatcherTypeMatchers(
                                                DispatcherType.ERROR, DispatcherType.ASYNC)
                                        .permitAll()
                                        .requestMatchers(
                                                "/view/sign-in", "/view/assets/**", "/view/oidc/**")
                                        .permitAll()
                                        .anyRequest()
                                        .authenticated())
                .headers(
                        headers ->
                                headers.contentSecurityPolicy(
                                                policy ->
                                                        policy.policyDirectives(
                                                                CONTENT_SECURITY_POLICY))
                                        .referrerPolicy(
                                                referrer ->
                                                        referrer.policy(
                                                                ReferrerPolicy.SAME_ORIGIN)))
                .exceptionHandling(
                        e ->
                                e.authenticationEntryPoint(
                                                (request, response, failure) ->
                                                        toSignIn(request, response))
                                        .accessDeniedHandler(denied))
                .addFilterBefore(new SessionFilter(signIn), BasicAuthenticationFilter.class)
                .addFilterBefore(new ApiKeyFilter(keys, problems), SessionFilter.class)
                .addFilterBefore(new RateLimitFilter(rate, problems), AuthorizationFilter.class);
        IssuerSignIn.addTo(http, settings.oauth2(), signIn);
        return http.build();
    }

    /**
     * Sends somebody who is not signed in to the page that does so. A link from another site comes
     * without the session's cookie: the page is loaded again from here first, which sends it.
     */
    private static void toSignIn(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String query = request.getQueryString();
        String asked = ProblemWriter.path(request) + (query == null ? "" : "?" + query);
        String next = "/view/sign-in?next=" + UriUtils.encode(asked, StandardCharsets.UTF_8);
        if (request.getHeader("HX-Request") != null) {
            response.setHeader("HX-Redirect", "/view/sign-in");
            response.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
        } else if ("cross-site".equals(request.getHeader("Sec-Fetch-Site"))
                && "GET".equals(request.getMethod())) {
            again(response, asked);
        } else {
            response.setStatus(HttpServletResponse.SC_SEE_OTHER);
            response.setHeader(HttpHeaders.LOCATION, next);
        }
    }

    /** Has a page loaded again, from here. */
    static void again(HttpServletResponse response, String asked) throws IOException {
        html(
                response,
                HttpServletResponse.SC_OK,
                "<meta http-equiv=\"refresh\" content=\"0\"><title>Daybook</title>"
                        + "<p>One moment. <a href=\""
                        + org.springframework.web.util.HtmlUtils.htmlEscape(asked)
                        + "\">Go on</a></p>");
    }

    static void html(HttpServletResponse response, int status, String body) throws IOException {
        byte[] bytes =
                ("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">" + body)
                        .getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType("text/html;charset=UTF-8");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    /** Authenticates requests of a session. */
    private static final class SessionFilter extends OncePerRequestFilter {

        private final SignIn signIn;

        SessionFilter(SignIn signIn) {
            this.signIn = signIn;
        }

        @Override
        protected void doFilterInternal(
                HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            if (SecurityContextHolder.getContext().getAuthentication() == null) {
                Caller caller = signIn.caller(request);
                if (caller != null) {
                    SecurityContext context = SecurityContextHolder.createEmptyContext();
                    context.setAuthentication(new AuthenticatedCaller(caller));
                    SecurityContextHolder.setContext(context);
                }
            }
            chain.doFilter(request, response);
        }
    }
}
