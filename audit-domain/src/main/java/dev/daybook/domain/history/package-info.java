/**
 * Reading the log: a row's history folded from its entries, its state at an instant, differences.
 */
@NullMarked
package dev.daybook.domain.history;

import org.jspecify.annotations.NullMarked;
