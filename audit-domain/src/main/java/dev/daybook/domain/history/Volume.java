package dev.daybook.domain.history;

import java.time.Instant;

/**
 * How many entries of a search there are in a span of time.
 *
 * @param from its beginning
 * @param to its end, which is not part of it
 * @param entries how many
 * @param unattributed how many of them are changes that nobody is known to have made
 * @param estimated whether both are reckoned from a part of the span, its newest
 */
public record Volume(
        Instant from, Instant to, long entries, long unattributed, boolean estimated) {}
