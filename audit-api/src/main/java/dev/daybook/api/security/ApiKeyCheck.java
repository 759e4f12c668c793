package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.query.Caller;
import dev.daybook.api.security.ApiKeyStore.Stored;
import dev.daybook.contract.Scope;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.history.TableScope;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Checks whether a text is a key, and whose.
 *
 * <p>Only hashes are compared and kept. A key that was accepted is remembered for a while, so that
 * not every request asks the database; a revoked key is therefore refused after that while at the
 * latest.
 */
@Component
class ApiKeyCheck {

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeyCheck.class);

    static final Duration REMEMBERED = Duration.ofSeconds(30);
    private static final int MOST_REMEMBERED = 1_000;

    private final ApiKeyStore store;
    private final Clock clock;
    private final byte @Nullable [] configured;
    private final Map<String, Known> accepted = new ConcurrentHashMap<>();

    private record Known(Caller caller, Instant until) {}

    ApiKeyCheck(ApiKeyStore store, ApiSettings settings, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.configured = settings.key() == null ? null : sha256(settings.key());
    }

    /** Returns whose key the text is, or null if it is none. */
    @Nullable Caller caller(String key) {
        return callerOf(sha256(key));
    }

    /** Returns whose key has a hash, as {@link #hex} writes it, or null if none does any more. */
    @Nullable Caller callerOfHash(String hex) {
        return callerOf(HexFormat.of().parseHex(hex));
    }

    static String hex(String key) {
        return HexFormat.of().formatHex(sha256(key));
    }

    private @Nullable Caller callerOf(byte[] hash) {
        if (configured != null && MessageDigest.isEqual(configured, hash)) {
            return Caller.ofAll(Caller.Credential.KEY, "configured");
        }
        String hex = HexFormat.of().formatHex(hash);
        Instant now = clock.instant();
        Known known = accepted.get(hex);
        if (known != null && now.isBefore(known.until())) {
            return known.caller();
        }
        Stored stored = store.find(hash);
        if (stored == null || stored.expiresAt() != null && !now.isBefore(stored.expiresAt())) {
            accepted.remove(hex);
            return null;
        }
        Caller caller = caller(stored);
        if (accepted.size() >= MOST_REMEMBERED) {
            accepted.values().removeIf(other -> !now.isBefore(other.until()));
        }
        if (accepted.size() < MOST_REMEMBERED) {
            Instant until = now.plus(REMEMBERED);
            accepted.put(
                    hex,
                    new Known(
                            caller,
                            stored.expiresAt() != null && stored.expiresAt().isBefore(until)
                                    ? stored.expiresAt()
                                    : until));
        }
        Thread.ofVirtual().start(() -> markUsed(hash));
        return caller;
    }

    private static Caller caller(Stored stored) {
        return new Caller(
                Caller.Credential.KEY,
                stored.id().toString(),
                stored.name(),
                stored.scopes().stream()
                        .flatMap(word -> Scope.ofWord(word).stream())
                        .collect(Collectors.toSet()),
                new TableScope(stored.tables().stream().map(NamePattern::new).toList()));
    }

    /** Behind the answer; that it fails is no reason to refuse one. */
    private void markUsed(byte[] hash) {
        try {
            store.markUsed(hash);
        } catch (RuntimeException e) {
            LOG.debug("Could not note that an API key was used: {}", e.getMessage());
        }
    }

    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
