package dev.daybook.api.security;

import dev.daybook.api.query.Caller;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Signs people in with an API key: the session keeps the key's hash, and each request asks again
 * whose it is, so that a session ends when its key does.
 */
@Component
public class SignIn {

    private static final String KEY = SignIn.class.getName();

    /** How long a session lasts at most, in seconds. */
    private static final long LONGEST = 8 * 3600;

    private final ApiKeyCheck keys;
    private final java.time.Clock clock;

    SignIn(ApiKeyCheck keys, java.time.Clock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    private record Key(String sha256, long until) implements java.io.Serializable {}

    /** Begins a session, if the text is a key. */
    public boolean signIn(HttpServletRequest request, String key) {
        if (key.isBlank() || keys.caller(key.strip()) == null) {
            return false;
        }
        HttpSession old = request.getSession(false);
        if (old != null) {
            old.invalidate();
        }
        request.getSession(true)
                .setAttribute(
                        KEY,
                        new Key(
                                ApiKeyCheck.hex(key.strip()),
                                clock.instant().getEpochSecond() + LONGEST));
        return true;
    }

    /** Ends the session. */
    public void signOut(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
    }

    /** Returns who is signed in, or null. */
    @Nullable Caller caller(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session == null || !(session.getAttribute(KEY) instanceof Key key)) {
            return null;
        }
        Caller caller =
                clock.instant().getEpochSecond() < key.until()
                        ? keys.callerOfHash(key.sha256())
                        : null;
        if (caller == null) {
            session.invalidate();
        }
        return caller;
    }
}
