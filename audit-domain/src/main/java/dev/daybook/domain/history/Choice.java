package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;

/**
 * Which values count: some, all but some, or some but others; all where both sets are empty.
 *
 * @param only the values that count; empty for all
 * @param without the values that do not
 */
public record Choice<T>(Set<T> only, Set<T> without) {

    private static final Choice<Object> ANY = new Choice<>(Set.of(), Set.of());

    public Choice {
        only = copy(only);
        without = copy(without);
    }

    private static <T> Set<T> copy(Collection<T> values) {
        SequencedSet<T> copy = new LinkedHashSet<>(values);
        return java.util.Collections.unmodifiableSet(copy);
    }

    /** Returns every value. */
    @SuppressWarnings("unchecked") // an empty choice holds no value of any type
    public static <T> Choice<T> any() {
        return (Choice<T>) ANY;
    }

    /** One value, or every value for null. */
    public static <T> Choice<T> of(@Nullable T value) {
        return value == null ? any() : new Choice<>(Set.of(value), Set.of());
    }

    /** Some values. */
    public static <T> Choice<T> only(Collection<T> values) {
        return new Choice<>(copy(values), Set.of());
    }

    /** Returns every value but some. */
    public static <T> Choice<T> allBut(Collection<T> values) {
        return new Choice<>(Set.of(), copy(values));
    }

    public boolean isAny() {
        return only.isEmpty() && without.isEmpty();
    }

    /** Returns the value, where exactly one counts; else null. */
    public @Nullable T single() {
        return only.size() == 1 && without.isEmpty() ? only.iterator().next() : null;
    }

    /**
     * Returns whether a value counts; null is no value, and counts where none is asked for by name.
     */
    public boolean matches(@Nullable T value) {
        return value == null
                ? only.isEmpty()
                : (only.isEmpty() || only.contains(value)) && !without.contains(value);
    }
}
