package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.problem.ProblemWriter;
import dev.daybook.api.query.Caller;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.util.List;

/** Signs people in whom the configured issuer vouches for (OpenID Connect, authorization code). */
final class IssuerSignIn extends OncePerRequestFilter {

    private static final Logger LOG = LoggerFactory.getLogger(IssuerSignIn.class);
    private static final String NEXT = IssuerSignIn.class.getName() + ".next";
    private static final String GRANTED = "SCOPE_";

    private final IssuerClient issuer;
    private final SignIn signIn;

    private IssuerSignIn(IssuerClient issuer, SignIn signIn) {
        this.issuer = issuer;
        this.signIn = signIn;
    }

    /** Adds the sign-in to the viewer's chain, if the settings name a client. */
    static void addTo(HttpSecurity http, ApiSettings.OAuth2 settings, SignIn signIn) {
        if (settings.clientId() == null) {
            return;
        }
        IssuerClient issuer = new IssuerClient(settings);
        IssuerSignIn filter = new IssuerSignIn(issuer, signIn);
        http.oauth2Login(
                        login ->
                                login.clientRegistrationRepository(issuer)
                                        .loginPage("/view/sign-in")
                                        .authorizationEndpoint(
                                                begin -> begin.baseUri(IssuerClient.BEGIN))
                                        .redirectionEndpoint(
                                                back -> back.baseUri(IssuerClient.CALLBACK))
                                        .successHandler(filter::vouched)
                                        .failureHandler(filter::failed))
                .addFilterBefore(filter, OAuth2AuthorizationRequestRedirectFilter.class);
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String path = request.getRequestURI();
        if (path.startsWith(IssuerClient.BEGIN)) {
            try {
                issuer.findByRegistrationId(IssuerClient.ID);
            } catch (RuntimeException e) {
                LOG.warn("The issuer cannot be reached: {}", e.getMessage());
                ViewerSecurity.html(
                        response,
                        HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                        "<title>Sign-in not possible</title><h1>The sign-in service cannot be reached"
                                + "</h1><p>Try again in a minute, or sign in with an API key.</p><p><a"
                                + " href=\"/view/sign-in\">Sign in</a></p>");
                return;
            }
            request.getSession(true)
                    .setAttribute(NEXT, String.valueOf(request.getParameter("next")));
        } else if (path.equals(IssuerClient.CALLBACK)
                && "cross-site".equals(request.getHeader("Sec-Fetch-Site"))) {
            // The session's cookie is sent to links from here alone.
            ViewerSecurity.again(
                    response, ProblemWriter.path(request) + "?" + request.getQueryString());
            return;
        }
        chain.doFilter(request, response);
    }

    private void vouched(
            HttpServletRequest request, HttpServletResponse response, Authentication found) {
        if (!(found.getPrincipal() instanceof OidcUser user)) {
            throw new IllegalStateException("The issuer's answer has no id token.");
        }
        List<String> granted =
                user.getAuthorities().stream()
                        .map(GrantedAuthority::getAuthority)
                        .filter(authority -> authority != null && authority.startsWith(GRANTED))
                        .map(authority -> authority.substring(GRANTED.length()))
                        .toList();
        Caller caller = TokenClaims.caller(user.getSubject(), user.getClaims(), granted);
        HttpSession session = request.getSession(false);
        String next = session == null ? null : String.valueOf(session.getAttribute(NEXT));
        signIn.signIn(request, caller);
        response.setStatus(HttpServletResponse.SC_SEE_OTHER);
        response.setHeader(HttpHeaders.LOCATION, SignIn.here(next));
    }

    private void failed(
            HttpServletRequest request,
            HttpServletResponse response,
            AuthenticationException failure)
            throws IOException {
        LOG.warn("A sign-in by the issuer failed: {}", failure.getMessage());
        ViewerSecurity.html(
                response,
                HttpServletResponse.SC_UNAUTHORIZED,
                "<title>Not signed in</title><h1>The sign-in did not succeed</h1><p>The sign-in service"
                        + " refused it, or it took too long. Begin again; the server's log has the"
                        + " reason.</p><p><a href=\"/view/sign-in\">Sign in</a></p>");
    }
}
