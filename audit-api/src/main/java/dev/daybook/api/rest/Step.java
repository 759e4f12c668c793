package dev.daybook.api.rest;

import dev.daybook.api.query.InvalidValueException;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The length of a span of time, as a parameter. */
record Step(Duration length) {

    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,5})([smhd])");

    /**
     * Reads a parameter.
     *
     * @throws InvalidValueException if it is none
     */
    static Step parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new InvalidValueException(
                    "\"%s\" is not a step: write a number and s, m, h or d, like 15m or 1h."
                            .formatted(text));
        }
        long n = Long.parseLong(matcher.group(1));
        return new Step(
                switch (matcher.group(2)) {
                    case "s" -> Duration.ofSeconds(n);
                    case "m" -> Duration.ofMinutes(n);
                    case "h" -> Duration.ofHours(n);
                    default -> Duration.ofDays(n);
                });
    }
}
