package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.Scope;
import dev.daybook.domain.history.TableScope;

import java.util.EnumSet;
import java.util.Set;

/**
 * Who asks: every question names its caller, so that what a caller may see is decided in one place.
 *
 * @param credential how the caller was authenticated
 * @param id what no other caller has: the key's number, or the token's subject
 * @param name the key's name, or the token's subject
 * @param scopes what the caller may do
 * @param tables what the caller may see
 */
public record Caller(
        Credential credential, String id, String name, Set<Scope> scopes, TableScope tables) {

    public Caller {
        scopes = Set.copyOf(scopes);
    }

    /** Returns a caller who may do and see everything. */
    public static Caller ofAll(Credential credential, String name) {
        return new Caller(credential, name, name, EnumSet.allOf(Scope.class), TableScope.ALL);
    }

    /** How a caller is authenticated. */
    public enum Credential {
        KEY,
        TOKEN
    }

    /** Returns whether the caller may do something. */
    public boolean may(Scope scope) {
        return scopes.contains(scope) && (!scope.isOfAllTables() || tables.isAll());
    }

    /**
     * Refuses what the caller may not do.
     *
     * @throws ProblemException if so
     */
    void require(Scope scope) {
        if (!may(scope)) {
            throw new ProblemException(
                    Problem.FORBIDDEN,
                    "This key or token lacks the scope \"%s\"%s: ask whoever gave it to you for another."
                            .formatted(
                                    scope.word(), scopes.contains(scope) ? " for all tables" : ""));
        }
    }
}
