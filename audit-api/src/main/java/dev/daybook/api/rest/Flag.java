package dev.daybook.api.rest;

/**
 * A parameter that is {@code true} or {@code false}. A type of its own, because Spring reads a
 * boolean in many more ways where a converter refuses it.
 */
record Flag(boolean set) {

    /**
     * Reads a parameter.
     *
     * @throws IllegalArgumentException with a sentence for the caller
     */
    static Flag parse(String text) {
        return switch (text) {
            case "true" -> new Flag(true);
            case "false" -> new Flag(false);
            default ->
                    throw new IllegalArgumentException(
                            "\"%s\" is not true or false.".formatted(text));
        };
    }
}
