package dev.daybook.api.query;

/** Tells in a sentence of ours why a parameter's text is not a value of it. */
public final class InvalidValueException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String sentence;

    public InvalidValueException(String sentence) {
        super(sentence);
        this.sentence = sentence;
    }

    public String sentence() {
        return sentence;
    }
}
