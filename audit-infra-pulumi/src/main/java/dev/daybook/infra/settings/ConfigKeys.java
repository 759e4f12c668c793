package dev.daybook.infra.settings;

import com.pulumi.Config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads single keys of a stack's configuration. Whatever is wrong with one names it in full.
 *
 * @param config a namespace of the configuration
 */
record ConfigKeys(Config config) {

    /** An error that names a key. The remedy is a sentence without its full stop. */
    InvalidSettingException wrong(String key, String rule, String remedy) {
        return new InvalidSettingException(config.getName() + ":" + key, rule, remedy + ".");
    }

    /** A text, if it is set. */
    Optional<String> text(String key) {
        return config.get(key).map(String::strip).filter(text -> !text.isEmpty());
    }

    /** A text that must be set. */
    String required(String key, String remedy) {
        return text(key).orElseThrow(() -> wrong(key, "is not set", remedy));
    }

    /** A text that must be set and match a pattern. */
    String matching(String key, Pattern pattern, String rule, String remedy) {
        return matched(key, required(key, remedy), pattern, rule, remedy);
    }

    /** A text that must match a pattern where it is set. */
    String matching(String key, String otherwise, Pattern pattern, String rule, String remedy) {
        return matched(key, text(key).orElse(otherwise), pattern, rule, remedy);
    }

    private String matched(String key, String text, Pattern pattern, String rule, String remedy) {
        if (!pattern.matcher(text).matches()) {
            throw wrong(key, "is " + text + ", which " + rule, remedy);
        }
        return text;
    }

    /** A list of texts; empty where none is set. */
    List<String> texts(String key) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return List.of();
        }
        try {
            return List.of(config.getObject(key, String[].class).orElseGet(() -> new String[0]));
        } catch (RuntimeException e) {
            throw wrong(key, "is " + text.get() + ", not a list", "write it as a list of texts");
        }
    }

    /** True or false. */
    boolean flag(String key, boolean otherwise) {
        return switch (text(key).orElse(Boolean.toString(otherwise))) {
            case "true" -> true;
            case "false" -> false;
            case String other -> throw wrong(key, "is " + other, "write true or false");
        };
    }

    /** A whole number from {@code least} to {@code most}. */
    int number(String key, int otherwise, int least, int most) {
        String text = text(key).orElse(Integer.toString(otherwise));
        int number;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw wrong(key, "is " + text + ", not a number", "write a whole number");
        }
        if (number < least || number > most) {
            throw wrong(key, "is " + number, "write a number from " + least + " to " + most);
        }
        return number;
    }

    /** A range of addresses, as text. */
    AddressRange range(String key, String text) {
        return AddressRange.parse(text)
                .orElseThrow(
                        () ->
                                wrong(
                                        key,
                                        "has " + text + ", not a range of addresses",
                                        "write it as a.b.c.d/32, or its first address and its"
                                                + " length"));
    }
}
