package dev.daybook.api.rest;

/** Tells in a sentence of ours why a parameter's text is not a value of it. */
final class InvalidValueException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String sentence;

    InvalidValueException(String sentence) {
        super(sentence);
        this.sentence = sentence;
    }

    String sentence() {
        return sentence;
    }
}
