package dev.daybook.service;

/** Tells that a setting is wrong: names the key, the rule and the remedy. Has no stack trace. */
public final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String rule;
    private final String remedy;

    /**
     * @param key the setting's key
     * @param rule what is wrong with it, as the rest of a sentence that begins with the key
     * @param remedy what to do about it, as a sentence
     */
    public InvalidSettingException(String key, String rule, String remedy) {
        super(key + " " + rule + ": " + remedy, null, false, false);
        this.rule = key + " " + rule + ".";
        this.remedy = remedy;
    }

    /** Returns which setting breaks which rule. */
    public String rule() {
        return rule;
    }

    /** Returns what to do about it. */
    public String remedy() {
        return remedy;
    }
}
