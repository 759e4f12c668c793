package dev.daybook.connect.sink;

/** Says why a record breaks the contract. Becomes a rejected row; never leaves the readers. */
final class Unreadable extends Exception {

    private static final long serialVersionUID = 1;

    private final String code;

    /**
     * @param code the stable word of the rejected row
     * @param reason a sentence, made by {@link String#format}
     */
    Unreadable(String code, String reason, Object... arguments) {
        super(reason.formatted(arguments), null, false, false);
        this.code = code;
    }

    String code() {
        return code;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
