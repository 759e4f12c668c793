package dev.daybook.api.query;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A key that was just made.
 *
 * @param text what its caller sends; it is nowhere else
 * @param sha256 what is kept of it
 */
public record NewKey(String text, byte[] sha256) {

    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Makes a key. */
    public static NewKey make() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        String text = "dbk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        return new NewKey(text, Question.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String toString() {
        return "NewKey[]";
    }
}
