package dev.daybook.local;

/** Where a start says how far it is. */
public interface Progress {

    /** One line about what is being done now. */
    void say(String line);

    /** Says nothing. */
    static Progress silent() {
        return line -> {};
    }
}
