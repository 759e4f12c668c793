package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;

import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;

/**
 * The viewer as a client of the configured issuer, which is asked for its addresses with the first
 * sign-in, not at startup.
 */
final class IssuerClient implements ClientRegistrationRepository {

    static final String ID = "issuer";
    static final String BEGIN = "/view/oidc/begin";
    static final String CALLBACK = "/view/oidc/callback";

    private final ApiSettings.OAuth2 settings;
    private volatile @Nullable ClientRegistration found;

    IssuerClient(ApiSettings.OAuth2 settings) {
        this.settings = settings;
    }

    /**
     * Returns what the issuer says of itself.
     *
     * @throws RuntimeException if it cannot be reached
     */
    @Override
    public @Nullable ClientRegistration findByRegistrationId(String id) {
        if (!id.equals(ID)) {
            return null;
        }
        ClientRegistration known = found;
        if (known == null) {
            ClientRegistration.Builder client =
                    ClientRegistrations.fromIssuerLocation(String.valueOf(settings.issuerUri()))
                            .registrationId(ID)
                            .clientId(String.valueOf(settings.clientId()))
                            .scope(settings.clientScopes())
                            .redirectUri("{baseUrl}" + CALLBACK);
            String secret = settings.clientSecret();
            known =
                    (secret == null
                                    ? client.clientAuthenticationMethod(
                                            ClientAuthenticationMethod.NONE)
                                    : client.clientSecret(secret))
                            .build();
            found = known;
        }
        return known;
    }
}
