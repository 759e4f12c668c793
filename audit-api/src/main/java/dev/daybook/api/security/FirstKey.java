package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.query.NewKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

import java.util.UUID;

/**
 * Creates a key when a deployment has none: prints it once, stores its hash.
 *
 * <p>Where a key or an issuer is configured there is a way in already, and none is created.
 */
@Component
class FirstKey {

    private static final Logger LOG = LoggerFactory.getLogger(FirstKey.class);

    private final ApiKeyStore store;
    private final ApiSettings settings;

    FirstKey(ApiKeyStore store, ApiSettings settings) {
        this.store = store;
        this.settings = settings;
    }

    @EventListener(ApplicationReadyEvent.class)
    void make() {
        if (settings.key() != null || settings.oauth2().issuerUri() != null) {
            return;
        }
        try {
            if (store.count() > 0) {
                return;
            }
            NewKey key = NewKey.make();
            if (store.registerFirst(UUID.randomUUID(), "first", key.sha256())) {
                // Standard output and not the log: logs are kept and shipped.
                System.out.println("API key, shown this once: " + key.text());
            }
        } catch (DataAccessException | TransactionException e) {
            LOG.warn(
                    "Could not check for API keys; none was created: {} Start again when the audit"
                            + " database is reachable and migrated.",
                    e.getMessage());
        }
    }
}
