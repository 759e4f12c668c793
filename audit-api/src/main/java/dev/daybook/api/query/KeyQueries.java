package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.KeyRegister.Key;
import dev.daybook.contract.Scope;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.history.TableScope;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Makes, lists and revokes API keys for administrators; each of it is recorded as a read is. */
@Component
public class KeyQueries {

    private static final int MOST_KEYS = 10_000;
    private static final int LONGEST_NAME = 200;
    private static final int MOST_PATTERNS = 100;

    private final KeyRegister register;
    private final ReadLog reads;
    private final Admission admission;
    private final Clock clock;

    KeyQueries(KeyRegister register, ReadLog reads, Admission admission, Clock clock) {
        this.register = register;
        this.reads = reads;
        this.admission = admission;
        this.clock = clock;
    }

    /** A key that was just made, and the text that its caller sends. */
    public record Made(Key key, String text) {}

    /** Returns all keys, the oldest first. */
    public List<Key> list(Caller caller) {
        caller.require(Scope.ADMINISTER);
        List<Key> keys = admission.admit(Kind.ROW, () -> register.list(MOST_KEYS));
        reads.read(caller, new Question("keys"), keys.size());
        return keys;
    }

    /**
     * Makes a key.
     *
     * @param tables patterns of the tables that its caller sees
     * @param expiresAt when it ends, or null for never
     */
    public Made create(
            Caller caller,
            String name,
            Set<Scope> scopes,
            List<String> tables,
            @Nullable Instant expiresAt) {
        caller.require(Scope.ADMINISTER);
        check(name, scopes, tables, expiresAt);
        NewKey made = NewKey.make();
        Key key =
                new Key(
                        UUID.randomUUID(),
                        name,
                        scopes.stream().map(Scope::word).sorted().toList(),
                        List.copyOf(tables),
                        clock.instant(),
                        caller.name(),
                        expiresAt,
                        null,
                        null);
        admission.admit(
                Kind.ROW,
                () -> {
                    register.create(key, made.sha256());
                    return key;
                });
        reads.read(
                caller,
                new Question("create-key")
                        .with("id", key.id().toString())
                        .with("name", name)
                        .with("scopes", String.join(",", key.scopes()))
                        .with("tables", String.join(",", tables))
                        .with("expires_at", expiresAt),
                1);
        return new Made(key, made.text());
    }

    private void check(
            String name, Set<Scope> scopes, List<String> tables, @Nullable Instant expiresAt) {
        require(
                !name.isBlank()
                        && name.length() <= LONGEST_NAME
                        && name.chars().noneMatch(Character::isISOControl),
                "\"name\" says whom or what the key is for, in 1 to 200 characters without control"
                        + " characters");
        require(
                scopes.contains(Scope.READ),
                "\"scopes\" has \"read\", which the others need, and may have \"export\","
                        + " \"rejected\" and \"administer\"");
        require(
                !tables.isEmpty()
                        && tables.size() <= MOST_PATTERNS
                        && tables.stream()
                                .allMatch(
                                        t ->
                                                !t.isBlank()
                                                        && t.length() <= LONGEST_NAME
                                                        && t.indexOf(0) < 0),
                "\"tables\" has 1 to 100 patterns such as \"public.*\"; \"*\" is all tables");
        boolean all = new TableScope(tables.stream().map(NamePattern::new).toList()).isAll();
        require(
                all || scopes.stream().noneMatch(Scope::isOfAllTables),
                "\"rejected\" and \"administer\" tell of every table and need the pattern \"*\" in"
                        + " \"tables\"");
        require(
                expiresAt == null || expiresAt.isAfter(clock.instant()),
                "\"expires_at\" lies in the future, or is left out");
    }

    private static void require(boolean met, String rule) {
        if (!met) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER, "The key was not made: " + rule + ".");
        }
    }

    /** Revokes a key; false if there is none of that number that is not revoked. */
    public boolean revoke(Caller caller, UUID id) {
        caller.require(Scope.ADMINISTER);
        boolean revoked = admission.admit(Kind.ROW, () -> register.revoke(id));
        reads.read(caller, new Question("revoke-key").with("id", id.toString()), revoked ? 1 : 0);
        return revoked;
    }
}
