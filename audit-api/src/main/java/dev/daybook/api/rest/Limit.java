package dev.daybook.api.rest;

import dev.daybook.api.query.InvalidValueException;

/** How many items of a list to send at most. */
record Limit(int count) {

    static final int DEFAULT = 50;
    static final int MOST = 500;

    /**
     * Reads a parameter.
     *
     * @throws InvalidValueException if it is none
     */
    static Limit parse(String text) {
        try {
            int count = Integer.parseInt(text);
            if (count >= 1 && count <= MOST) {
                return new Limit(count);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new InvalidValueException(
                "\"%s\" is not a whole number from 1 to %d.".formatted(text, MOST));
    }
}
