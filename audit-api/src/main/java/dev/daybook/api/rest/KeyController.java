package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.InvalidValueException;
import dev.daybook.api.query.KeyQueries;
import dev.daybook.api.query.Times;
import dev.daybook.contract.Scope;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** API keys, for administrators. */
@RestController
@RequestMapping(path = "/api/v1/keys", produces = MediaType.APPLICATION_JSON_VALUE)
class KeyController {

    private final KeyQueries keys;
    private final Resources resources;

    KeyController(KeyQueries keys, Resources resources) {
        this.keys = keys;
        this.resources = resources;
    }

    @GetMapping
    KeysResource list(Caller caller) {
        return new KeysResource(resources.keys(keys.list(caller)));
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @ResponseStatus(HttpStatus.CREATED)
    KeysResource.NewKeyResource create(Caller caller, @RequestBody KeyRequest asked) {
        if (asked.others() != null && !asked.others().isEmpty()) {
            throw invalid("\"" + asked.others().keySet().iterator().next() + "\" is not known");
        }
        KeyQueries.Made made =
                keys.create(
                        caller,
                        asked.name() == null ? "" : asked.name(),
                        scopes(asked.scopes()),
                        texts(asked.tables()),
                        time(asked.expiresAt()));
        return new KeysResource.NewKeyResource(made.text(), resources.key(made.key()));
    }

    private static Set<Scope> scopes(@Nullable List<@Nullable String> words) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String word : texts(words)) {
            scopes.add(
                    Scope.ofWord(word)
                            .orElseThrow(() -> invalid("\"" + word + "\" is not a scope")));
        }
        return scopes;
    }

    /** What is no text is empty, and refused as that. */
    private static List<String> texts(@Nullable List<@Nullable String> given) {
        return given == null
                ? List.of()
                : given.stream().map(text -> Objects.requireNonNullElse(text, "")).toList();
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : Times.parse(text);
        } catch (InvalidValueException e) {
            throw invalid("\"expires_at\": " + e.sentence());
        }
    }

    private static ProblemException invalid(String what) {
        return new ProblemException(
                Problem.INVALID_PARAMETER,
                "The key was not made: %s. Members are name, scopes, tables, expires_at."
                        .formatted(what));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(Caller caller, @PathVariable UUID id) {
        if (!keys.revoke(caller, id)) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "There is no key with the id %s that is not revoked: /api/v1/keys lists them."
                            .formatted(id));
        }
    }
}
