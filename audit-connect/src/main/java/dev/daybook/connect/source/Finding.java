package dev.daybook.connect.source;

/**
 * Something that a check of a source database found.
 *
 * @param severity how bad it is
 * @param code a stable word
 * @param message what was found, in a sentence
 * @param remedy what to do about it; empty where nothing need be done
 */
public record Finding(Severity severity, String code, String message, String remedy) {

    /** How bad a finding is. */
    public enum Severity {
        /** The capture cannot run. */
        ERROR,
        /** The capture runs, but something should be seen to. */
        WARNING,
        /** Good to know. */
        INFO
    }

    @Override
    public String toString() {
        return severity + " " + code + ": " + message + (remedy.isEmpty() ? "" : " " + remedy);
    }
}
