package dev.daybook.api;

/** A setting that cannot be used: names it, the rule and the remedy, and needs no stack trace. */
public final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String rule;
    private final String remedy;

    public InvalidSettingException(String setting, String rule, String remedy) {
        super("The setting " + setting + " " + rule + ". " + remedy, null, false, false);
        this.rule = "The setting " + setting + " " + rule + ".";
        this.remedy = remedy;
    }

    String rule() {
        return rule;
    }

    String remedy() {
        return remedy;
    }
}
