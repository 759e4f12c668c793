package dev.daybook.ingest.json;

/**
 * Why bytes could not be read as the JSON that was expected. Thrown within a decoder and turned
 * into a value at its edge; it carries no stack trace, so that a flood of bad records costs little.
 */
public final class JsonProblem extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;

    public JsonProblem(String code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** Returns the stable word for this kind of problem. */
    public String code() {
        return code;
    }

    /** Returns the problem in a sentence; never null. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
