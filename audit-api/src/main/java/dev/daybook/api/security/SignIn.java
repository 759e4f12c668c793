package dev.daybook.api.security;

import dev.daybook.api.query.Caller;
import dev.daybook.contract.Scope;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.history.TableScope;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Signs people in. Of an API key the session keeps the hash, and each request asks again whose it
 * is, so that a session ends when its key does; of somebody whom an issuer vouches for it keeps who
 * that is and what the claims allow.
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

    /** Somebody whom the issuer vouched for. */
    private record Person(String subject, List<String> scopes, List<String> tables, long until)
            implements java.io.Serializable {

        Caller caller() {
            return new Caller(
                    Caller.Credential.TOKEN,
                    subject,
                    subject,
                    scopes.stream().map(Scope::valueOf).collect(Collectors.toSet()),
                    new TableScope(tables.stream().map(NamePattern::new).toList()));
        }
    }

    /** Begins a session for somebody whom the issuer vouches for. */
    void signIn(HttpServletRequest request, Caller caller) {
        begin(
                request,
                new Person(
                        caller.name(),
                        caller.scopes().stream().map(Scope::name).toList(),
                        caller.tables().patterns().stream().map(NamePattern::text).toList(),
                        end()));
    }

    private long end() {
        return clock.instant().getEpochSecond() + LONGEST;
    }

    private static void begin(HttpServletRequest request, java.io.Serializable who) {
        HttpSession old = request.getSession(false);
        if (old != null) {
            old.invalidate();
        }
        request.getSession(true).setAttribute(KEY, who);
    }

    /** Begins a session, if the text is a key. */
    public boolean signIn(HttpServletRequest request, String key) {
        if (key.isBlank() || keys.caller(key.strip()) == null) {
            return false;
        }
        begin(request, new Key(ApiKeyCheck.hex(key.strip()), end()));
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
        Object who = session == null ? null : session.getAttribute(KEY);
        if (session == null || who == null) {
            return null;
        }
        long now = clock.instant().getEpochSecond();
        Caller caller =
                switch (who) {
                    case Key key when now < key.until() -> keys.callerOfHash(key.sha256());
                    case Person person when now < person.until() -> person.caller();
                    default -> null;
                };
        if (caller == null) {
            session.invalidate();
        }
        return caller;
    }

    /** Returns a page of the viewer, whatever was asked for: nobody is sent elsewhere. */
    public static String here(@Nullable String next) {
        boolean ours =
                next != null
                        && (next.equals("/view")
                                || next.startsWith("/view/")
                                || next.startsWith("/view?"))
                        && !next.startsWith("/view/sign-")
                        && !next.startsWith("/view/oidc/")
                        && next.chars()
                                .allMatch(
                                        c ->
                                                c > 0x20 && c < 0x7F && c != '\\' && c != '"'
                                                        && c != '<' && c != '>' && c != '^'
                                                        && c != '`' && c != '{' && c != '|'
                                                        && c != '}');
        return ours && next != null ? next : "/view";
    }
}
