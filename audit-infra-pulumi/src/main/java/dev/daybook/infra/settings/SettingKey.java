package dev.daybook.infra.settings;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A key of a stack's configuration, as {@link SettingsReader} reads it.
 *
 * @param name in full, such as {@code daybook:profile}
 * @param what what it is, or what is to be written there
 * @param kind what it may be
 */
public record SettingKey(String name, String what, Kind kind) {

    /** What a key may be. */
    public sealed interface Kind {}

    /**
     * A text that matches a pattern; without a default it must be set, or is for some stacks only.
     */
    public record Text(Optional<String> otherwise, Optional<Pattern> pattern) implements Kind {}

    /** One of some words. */
    public record Word(Optional<String> otherwise, List<String> words) implements Kind {}

    /** A list of texts. */
    public record Texts() implements Kind {}

    /** True or false. */
    public record Flag(boolean otherwise) implements Kind {}

    /** A whole number between bounds, which it may be. */
    public record Number(int otherwise, int least, int most) implements Kind {}
}
