package dev.daybook.api.rest;

import dev.daybook.contract.Operation;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * An operation as a parameter. A type of its own, because Spring takes an enum's Java names too
 * where a converter refuses them.
 */
record OperationWord(Operation operation) {

    private static final String WORDS =
            Arrays.stream(Operation.values())
                    .map(Operation::word)
                    .collect(Collectors.joining(", "));

    /**
     * Reads a parameter.
     *
     * @throws IllegalArgumentException with a sentence for the caller
     */
    static OperationWord parse(String word) {
        return new OperationWord(
                Operation.ofWord(word)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "\"%s\" is not an operation: it is one of %s."
                                                        .formatted(word, WORDS))));
    }

    static @Nullable Operation of(@Nullable OperationWord word) {
        return word == null ? null : word.operation();
    }
}
