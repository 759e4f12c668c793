/** Answers {@code ./daybook COMMAND}: options, output for a person or a program, exit codes. */
@NullMarked
package dev.daybook.local.cli;

import org.jspecify.annotations.NullMarked;
