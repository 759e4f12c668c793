package dev.daybook.api.security;

import dev.daybook.api.query.Caller;
import dev.daybook.contract.Scope;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.history.TableScope;

import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.Jwt;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a caller of a token's claims: {@code daybook.read} and so on in {@code scope} (or {@code
 * scp}) say what it may do, patterns in {@code daybook_tables} what it may see. A token without any
 * of these scopes may read, export and see what was rejected; one without patterns sees all tables,
 * one with an empty list none.
 */
final class TokenClaims {

    private static final String PREFIX = "daybook.";
    private static final String TABLES = "daybook_tables";

    private TokenClaims() {}

    static Caller caller(Jwt token) {
        return caller(token.getSubject(), token.getClaims(), List.of());
    }

    /**
     * Makes a caller of claims.
     *
     * @param granted scopes that were granted beside those in the claims
     */
    static Caller caller(
            @Nullable String subject, Map<String, Object> claims, Collection<String> granted) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        boolean ours = false;
        List<String> words = new ArrayList<>(granted);
        words.addAll(words(claims.get("scope")));
        words.addAll(words(claims.get("scp")));
        for (String word : words) {
            if (word.startsWith(PREFIX)) {
                ours = true;
                Scope.ofWord(word.substring(PREFIX.length())).ifPresent(scopes::add);
            }
        }
        String named = subject == null ? "" : subject;
        return new Caller(
                Caller.Credential.TOKEN,
                named,
                named,
                ours ? scopes : EnumSet.of(Scope.READ, Scope.EXPORT, Scope.REJECTED),
                claims.containsKey(TABLES) ? scope(words(claims.get(TABLES))) : TableScope.ALL);
    }

    private static TableScope scope(List<String> patterns) {
        return new TableScope(
                patterns.stream()
                        .filter(pattern -> !pattern.isBlank())
                        .map(NamePattern::new)
                        .toList());
    }

    private static List<String> words(@Nullable Object claim) {
        if (claim instanceof String text) {
            return List.of(text.split(" "));
        }
        return claim instanceof Collection<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
