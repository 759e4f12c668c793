package dev.daybook.bench.api;

import java.util.function.LongFunction;

/**
 * What is asked.
 *
 * @param name its name in the report
 * @param choices from how many keys one is chosen at random: from 1 on
 * @param path the path that asks for a key
 */
record Operation(String name, long choices, LongFunction<String> path) {}
