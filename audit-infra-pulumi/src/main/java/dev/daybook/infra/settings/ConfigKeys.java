package dev.daybook.infra.settings;

import com.pulumi.Config;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Reads single keys of a stack's configuration. Whatever is wrong with one names it in full.
 *
 * @param config a namespace of the configuration
 * @param asked is told of each key that is read, and of what it may be
 */
record ConfigKeys(Config config, Consumer<SettingKey> asked) {

    /** Returns an error that names a key. The remedy is a sentence without its full stop. */
    InvalidSettingException wrong(String key, String rule, String remedy) {
        return new InvalidSettingException(config.getName() + ":" + key, rule, remedy + ".");
    }

    private void ask(String key, String what, SettingKey.Kind kind) {
        asked.accept(new SettingKey(config.getName() + ":" + key, what, kind));
    }

    /** Returns a text, if it is set; {@code what} says what it is. */
    Optional<String> text(String key, String what) {
        ask(key, what, new SettingKey.Text(Optional.empty(), Optional.empty()));
        return value(key);
    }

    /** Returns a text. */
    String text(String key, String what, String otherwise) {
        ask(key, what, new SettingKey.Text(Optional.of(otherwise), Optional.empty()));
        return value(key).orElse(otherwise);
    }

    private Optional<String> value(String key) {
        return config.get(key).map(String::strip).filter(text -> !text.isEmpty());
    }

    /** Returns a text that must be set. */
    String required(String key, String remedy) {
        ask(key, remedy, new SettingKey.Text(Optional.empty(), Optional.empty()));
        return set(key, remedy);
    }

    private String set(String key, String remedy) {
        return value(key).orElseThrow(() -> wrong(key, "is not set", remedy));
    }

    /** One of some words; it must be set. */
    String word(String key, List<String> words) {
        String remedy = "write " + String.join(" or ", words);
        ask(key, remedy, new SettingKey.Word(Optional.empty(), words));
        return checked(key, set(key, remedy), words);
    }

    /** One of some words, the first where it is not set. */
    String wordOrFirst(String key, List<String> words) {
        String otherwise = words.getFirst();
        ask(
                key,
                "write " + String.join(" or ", words),
                new SettingKey.Word(Optional.of(otherwise), words));
        return checked(key, value(key).orElse(otherwise), words);
    }

    private String checked(String key, String word, List<String> words) {
        if (!words.contains(word)) {
            throw wrong(key, "is neither " + String.join(" nor ", words), "write one of them");
        }
        return word;
    }

    /** Returns a text that must be set and match a pattern. */
    String matching(String key, Pattern pattern, String rule, String remedy) {
        ask(key, remedy, new SettingKey.Text(Optional.empty(), Optional.of(pattern)));
        return matched(key, set(key, remedy), pattern, rule, remedy);
    }

    /** Returns a text that must match a pattern where it is set. */
    String matching(String key, String otherwise, Pattern pattern, String rule, String remedy) {
        ask(key, remedy, new SettingKey.Text(Optional.of(otherwise), Optional.of(pattern)));
        return matched(key, value(key).orElse(otherwise), pattern, rule, remedy);
    }

    private String matched(String key, String text, Pattern pattern, String rule, String remedy) {
        if (!pattern.matcher(text).matches()) {
            throw wrong(key, "is " + text + ", which " + rule, remedy);
        }
        return text;
    }

    /** Returns a list of texts; empty where none is set. */
    List<String> texts(String key, String what) {
        ask(key, what, new SettingKey.Texts());
        Optional<String> text = value(key);
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
    boolean flag(String key, String what, boolean otherwise) {
        ask(key, what, new SettingKey.Flag(otherwise));
        return switch (value(key).orElse(Boolean.toString(otherwise))) {
            case "true" -> true;
            case "false" -> false;
            case String other -> throw wrong(key, "is " + other, "write true or false");
        };
    }

    /** Returns a whole number from {@code least} to {@code most}. */
    int number(String key, String what, int otherwise, int least, int most) {
        ask(key, what, new SettingKey.Number(otherwise, least, most));
        String text = value(key).orElse(Integer.toString(otherwise));
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

    /** Returns a range of addresses, as text. */
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
