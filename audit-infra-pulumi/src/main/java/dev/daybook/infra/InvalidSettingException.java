package dev.daybook.infra;

/** A setting of the stack breaks a rule. The message names the key, the rule and the remedy. */
final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String key;

    InvalidSettingException(String key, String rule, String remedy) {
        super(key + " " + rule + ": " + remedy);
        this.key = key;
    }

    /** The full key, {@code namespace:name}. */
    String key() {
        return key;
    }
}
