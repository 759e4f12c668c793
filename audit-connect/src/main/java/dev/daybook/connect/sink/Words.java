package dev.daybook.connect.sink;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Lists the words of which a member's value must be one. */
final class Words {

    private Words() {}

    static <T> String of(T[] values, Function<T, String> word) {
        return Arrays.stream(values).map(word).collect(Collectors.joining(", "));
    }
}
