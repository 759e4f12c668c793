package dev.daybook.api.security;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.query.Caller;

import org.jspecify.annotations.Nullable;
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

/**
 * Checks whether a text is a key, and whose.
 *
 * <p>Only hashes are compared and kept. A key that was accepted is remembered for a while, so that
 * not every request asks the database; a revoked key is therefore refused after that while at the
 * latest.
 */
@Component
class ApiKeyCheck {

    static final Duration REMEMBERED = Duration.ofSeconds(30);
    private static final int MOST_REMEMBERED = 1_000;

    private final ApiKeyStore store;
    private final Clock clock;
    private final byte @Nullable [] configured;
    private final Map<String, Known> accepted = new ConcurrentHashMap<>();

    private record Known(String name, Instant until) {}

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
        String name = nameOf(hash);
        return name == null ? null : new Caller(Caller.Credential.KEY, name);
    }

    private @Nullable String nameOf(byte[] hash) {
        if (configured != null && MessageDigest.isEqual(configured, hash)) {
            return "configured";
        }
        String hex = HexFormat.of().formatHex(hash);
        Instant now = clock.instant();
        Known known = accepted.get(hex);
        if (known != null && now.isBefore(known.until())) {
            return known.name();
        }
        String name = store.nameOf(hash);
        if (name == null) {
            accepted.remove(hex);
            return null;
        }
        if (accepted.size() >= MOST_REMEMBERED) {
            accepted.values().removeIf(other -> !now.isBefore(other.until()));
        }
        if (accepted.size() < MOST_REMEMBERED) {
            accepted.put(hex, new Known(name, now.plus(REMEMBERED)));
        }
        return name;
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
