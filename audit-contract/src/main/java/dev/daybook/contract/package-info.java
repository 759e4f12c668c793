/**
 * What the modules agree on: topics, headers, members, operations, times, positions and ids.
 *
 * <p>{@code docs/reference/contracts.md} says what they mean. A word that two modules write or read
 * stands here and nowhere else, so that the compiler finds every place that a change concerns.
 */
@NullMarked
package dev.daybook.contract;

import org.jspecify.annotations.NullMarked;
