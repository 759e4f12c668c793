package dev.daybook.api.query;

/**
 * Who asks: every question names its caller, so that what a caller may see is decided in one place.
 * Whoever is authenticated may read the whole log.
 *
 * @param credential how the caller was authenticated
 * @param name the key's name, or the token's subject
 */
public record Caller(Credential credential, String name) {

    /** How a caller is authenticated. */
    public enum Credential {
        KEY,
        TOKEN
    }
}
