package dev.daybook.api;

import dev.daybook.service.InvalidSettingException;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * The settings {@code daybook.api.*}.
 *
 * @param key an API key that is accepted beside those in the database, or null; a secret, for the
 *     environment
 * @param statementTimeout how long a search may keep the database busy
 * @param searches how many of the connections searches may take at once
 * @param waiting how many requests may wait for a connection, of searches and of others each
 * @param longestWait how long a request waits for one
 * @param requestsPerMinute how many requests each caller may make in a minute; 0 for any number
 * @param oauth2 whose tokens are accepted
 * @param evidence the directory or the bucket ({@code s3://bucket/prefix}) of the sealed log, or
 *     null if there is none
 */
@ConfigurationProperties("daybook.api")
public record ApiSettings(
        @Nullable String key,
        @DefaultValue("30s") Duration statementTimeout,
        @DefaultValue("3") int searches,
        @DefaultValue("16") int waiting,
        @DefaultValue("5s") Duration longestWait,
        @DefaultValue("6000") int requestsPerMinute,
        @DefaultValue OAuth2 oauth2,
        @Nullable String evidence) {

    private static final int SHORTEST_KEY = 16;

    public ApiSettings {
        if (key != null && key.isBlank()) {
            key = null;
        }
        if (key != null && key.length() < SHORTEST_KEY) {
            throw new InvalidSettingException(
                    "daybook.api.key",
                    "has "
                            + key.length()
                            + " characters, and a key must have at least "
                            + SHORTEST_KEY,
                    "take 32 random ones, or leave it out and have one made.");
        }
        if (statementTimeout.toMillis() < 100 || statementTimeout.toHours() > 1) {
            throw new InvalidSettingException(
                    "daybook.api.statement-timeout",
                    "is " + statementTimeout + ", and must be from 100ms to 1h",
                    "set one such as 30s.");
        }
        require(
                searches >= 1 && searches <= 100,
                "searches",
                "is " + searches + ", and must be from 1 to 100",
                "set a part of spring.datasource.hikari.maximum-pool-size.");
        require(
                waiting >= 0 && waiting <= 10_000,
                "waiting",
                "is " + waiting + ", and must be from 0 to 10000",
                "set how many requests may wait.");
        require(
                !longestWait.isNegative() && longestWait.toMinutes() < 10,
                "longest-wait",
                "is " + longestWait + ", and must be from 0s to 10m",
                "set one such as 5s.");
        require(
                requestsPerMinute >= 0 && requestsPerMinute <= 10_000_000,
                "requests-per-minute",
                "is " + requestsPerMinute + ", and must be from 0 to 10000000",
                "set how many requests a key may make in a minute, or 0 for any number.");
    }

    private static void require(boolean met, String key, String rule, String remedy) {
        if (!met) {
            throw new InvalidSettingException("daybook.api." + key, rule, remedy);
        }
    }

    @Override
    public String toString() {
        return "ApiSettings[statementTimeout=" + statementTimeout + ", oauth2=" + oauth2 + "]";
    }

    /**
     * Tokens of an OAuth 2 issuer.
     *
     * @param issuerUri the issuer, or null if tokens are not accepted
     * @param audience what a token must be meant for, or null if that does not matter
     * @param clientId the viewer as a client of the issuer, or null if people do not sign in there
     * @param clientSecret the client's secret, for the environment
     * @param clientScopes what is asked of the issuer when somebody signs in
     */
    public record OAuth2(
            @Nullable String issuerUri,
            @Nullable String audience,
            @Nullable String clientId,
            @Nullable String clientSecret,
            @DefaultValue("openid") List<String> clientScopes) {

        public OAuth2 {
            issuerUri = issuerUri == null || issuerUri.isBlank() ? null : issuerUri;
            audience = audience == null || audience.isBlank() ? null : audience;
            clientId = clientId == null || clientId.isBlank() ? null : clientId;
            clientSecret = clientSecret == null || clientSecret.isBlank() ? null : clientSecret;
            if (clientId != null && issuerUri == null) {
                throw new InvalidSettingException(
                        "daybook.api.oauth2.client-id",
                        "names a client, and no issuer is set",
                        "set daybook.api.oauth2.issuer-uri too, or leave it out.");
            }
            if (issuerUri != null && !isHttp(issuerUri)) {
                throw new InvalidSettingException(
                        "daybook.api.oauth2.issuer-uri",
                        "is \"" + issuerUri + "\", and must be an https:// address",
                        "set the issuer's, as its tokens name it in \"iss\".");
            }
        }

        private static boolean isHttp(String text) {
            try {
                URI uri = new URI(text);
                return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                        && uri.getHost() != null;
            } catch (java.net.URISyntaxException e) {
                return false;
            }
        }
    }
}
