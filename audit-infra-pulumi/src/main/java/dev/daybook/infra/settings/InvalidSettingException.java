package dev.daybook.infra.settings;

import com.pulumi.exceptions.RunException;

/**
 * Tells that a setting of the stack breaks a rule. The message names the key, the rule and the
 * remedy; Pulumi prints it alone, without a stack trace, because the type is one of its own.
 */
public final class InvalidSettingException extends RunException {

    private static final long serialVersionUID = 1L;

    InvalidSettingException(String key, String rule, String remedy) {
        super(key + " " + rule + ": " + remedy);
    }

    InvalidSettingException(String key, String rule, String remedy, Throwable cause) {
        super(key + " " + rule + ": " + remedy, cause);
    }
}
