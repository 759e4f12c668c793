package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemWriter;

import jakarta.servlet.DispatcherType;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;

import java.util.regex.Pattern;

/** Every request needs a key or token, except health and the description of the interface. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    private static final String[] OPEN = {
        "/",
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/favicon.ico",
        "/actuator/health",
        "/actuator/health/**",
        "/v3/api-docs",
        "/v3/api-docs/**",
        "/v3/api-docs.yaml",
        "/swagger-ui.html",
        "/swagger-ui",
        "/swagger-ui/**"
    };

    private static final Pattern ASSIGNED_AND_NO_CONTROL =
            Pattern.compile("[\\p{IsAssigned}&&[^\\p{IsControl}]]*");

    /** Scripts come from here alone; Swagger UI sets styles in place and uses data: images. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
                    + " img-src 'self' data:; font-src 'self'; connect-src 'self';"
                    + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    @Bean
    SecurityFilterChain chain(
            HttpSecurity http,
            ApiKeyCheck keys,
            RateLimit rate,
            ApiSettings settings,
            ProblemWriter problems) {
        AuthenticationEntryPoint unauthenticated =
                (request, response, failure) -> {
                    response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"daybook\"");
                    problems.write(
                            request,
                            response,
                            Problem.UNAUTHENTICATED,
                            given(request)
                                    ? "The API key or token is not valid, or no longer: use"
                                            + " another."
                                    : "The request carries no API key: send one as \"Authorization:"
                                            + " Bearer <key>\" or \"X-API-Key: <key>\".");
                };
        AccessDeniedHandler denied =
                (request, response, failure) ->
                        problems.write(
                                request,
                                response,
                                Problem.FORBIDDEN,
                                "This key or token is valid but may not do that: use one that may"
                                        + " read the log.");
        http.csrf(AbstractHttpConfigurer::disable)
                .httpBasic(AbstractHttpConfigurer::disable)
                .formLogin(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(s -> s.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .authorizeHttpRequests(
                        requests ->
                                requests.dispatcherTypeMatchers(
                                                DispatcherType.ERROR, DispatcherType.ASYNC)
                                        .permitAll()
                                        .requestMatchers(OPEN)
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
                                                                org.springframework.security.web
                                                                        .header.writers
                                                                        .ReferrerPolicyHeaderWriter
                                                                        .ReferrerPolicy
                                                                        .NO_REFERRER)))
                .exceptionHandling(
                        e ->
                                e.authenticationEntryPoint(unauthenticated)
                                        .accessDeniedHandler(denied))
                .addFilterBefore(new ApiKeyFilter(keys, problems), BasicAuthenticationFilter.class)
                .addFilterBefore(new RateLimitFilter(rate, problems), AuthorizationFilter.class);
        if (settings.oauth2().issuerUri() != null) {
            JwtDecoder decoder = decoder(settings.oauth2());
            http.oauth2ResourceServer(
                    server ->
                            server.jwt(
                                            jwt ->
                                                    jwt.decoder(decoder)
                                                            .jwtAuthenticationConverter(
                                                                    SecurityConfiguration::caller))
                                    .authenticationEntryPoint(unauthenticated)
                                    .accessDeniedHandler(denied));
        }
        return http.build();
    }

    /** One for all faces: a caller's requests are counted together. */
    @Bean
    RateLimit rate(ApiSettings settings) {
        return new RateLimit(settings.requestsPerMinute(), System::nanoTime);
    }

    private static AuthenticatedCaller caller(Jwt token) {
        return new AuthenticatedCaller(TokenClaims.caller(token));
    }

    private static boolean given(jakarta.servlet.http.HttpServletRequest request) {
        return request.getHeader(HttpHeaders.AUTHORIZATION) != null
                || request.getHeader(ApiKeyFilter.HEADER) != null;
    }

    /** The issuer is asked for its keys with the first token, not at startup. */
    private static JwtDecoder decoder(ApiSettings.OAuth2 settings) {
        String issuer = String.valueOf(settings.issuerUri());
        String audience = settings.audience();
        return new SupplierJwtDecoder(
                () -> {
                    NimbusJwtDecoder decoder = NimbusJwtDecoder.withIssuerLocation(issuer).build();
                    OAuth2TokenValidator<Jwt> standard =
                            JwtValidators.createDefaultWithIssuer(issuer);
                    decoder.setJwtValidator(
                            audience == null
                                    ? standard
                                    : new DelegatingOAuth2TokenValidator<>(
                                            standard, new JwtAudienceValidator(audience)));
                    return decoder;
                });
    }

    /**
     * Looks at names and values of headers and parameters as the firewall does by default, but at
     * plain ASCII without a regular expression, for each is looked at as often as it is read.
     */
    @Bean
    HttpFirewall firewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setAllowedHeaderNames(SecurityConfiguration::isPrintable);
        firewall.setAllowedHeaderValues(SecurityConfiguration::isPrintable);
        firewall.setAllowedParameterNames(SecurityConfiguration::isPrintable);
        return firewall;
    }

    private static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                return ASSIGNED_AND_NO_CONTROL.matcher(text).matches();
            }
        }
        return true;
    }

    /** What the firewall refuses is a problem document too. */
    @Bean
    RequestRejectedHandler rejected(ProblemWriter problems) {
        return (request, response, rejection) ->
                problems.write(
                        request,
                        response,
                        Problem.BAD_REQUEST,
                        "The request's path or headers hold characters that are refused: encode the"
                                + " key in the path once, or search with"
                                + " /api/v1/entries?table=…&key=….");
    }

    /**
     * A request is observed once, as a whole: an observation around each of the chain's filters
     * took two thirds as long as all the rest of an answer.
     */
    @Bean
    SecurityObservationSettings observations() {
        return SecurityObservationSettings.noObservations();
    }

    /** Nobody logs in with a password; without this, Spring Boot would make a user with one. */
    @Bean
    UserDetailsService nobody() {
        return name -> {
            throw new UsernameNotFoundException("There are no users with passwords.");
        };
    }
}
