package dev.daybook.ingest;

/**
 * A text that does not show itself in logs.
 *
 * @param value the text
 */
public record Secret(String value) {

    @Override
    public String toString() {
        return "******";
    }
}
