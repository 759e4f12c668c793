package dev.daybook.migrations;

/** A setting is missing or wrong: names it, the rule and the remedy. */
final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidSettingException(String name, String rule, String remedy) {
        super(name + " " + rule + ". " + remedy, null, false, false);
    }
}
