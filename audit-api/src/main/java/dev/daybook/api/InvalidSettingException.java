package dev.daybook.api;

/** A setting that cannot be used; the message names it, the rule and the remedy in one line. */
public final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InvalidSettingException(String setting, String rule) {
        super("The setting " + setting + " " + rule + ".");
    }
}
