/**
 * The truth tests: a random workload, an oracle of triggers beside the capture, and the comparison
 * of what the oracle saw with what the audit log says. See {@code docs/testing.md}.
 */
@NullMarked
package dev.daybook.local.truth;

import org.jspecify.annotations.NullMarked;
