package dev.daybook.source;

/**
 * Something that a check found.
 *
 * @param severity how bad it is
 * @param code a stable word
 * @param object what it is about: a table, a slot, a setting, a role
 * @param message what was found, in a sentence
 * @param evidence what was read; empty where the message says it all
 * @param remedy what to do about it; empty where nothing need be done
 */
public record Finding(
        Severity severity,
        String code,
        String object,
        String message,
        String evidence,
        String remedy) {

    /** How bad a finding is. */
    public enum Severity {
        /** The capture cannot run, or something is lost. */
        ERROR,
        /** It runs, but something should be seen to. */
        WARNING,
        /** Good to know. */
        INFO
    }

    @Override
    public String toString() {
        return severity + " " + code + ": " + message + (remedy.isEmpty() ? "" : " " + remedy);
    }
}
