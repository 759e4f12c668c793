package dev.daybook.ingest;

/** A setting is wrong: names the key, the rule and the remedy, and needs no stack trace. */
public final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String rule;
    private final String remedy;

    public InvalidSettingException(String key, String rule, String remedy) {
        super(key + " " + rule + ": " + remedy, null, false, false);
        this.rule = key + " " + rule + ".";
        this.remedy = remedy;
    }

    String rule() {
        return rule;
    }

    String remedy() {
        return remedy;
    }
}
