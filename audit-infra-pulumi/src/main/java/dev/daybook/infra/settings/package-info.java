/** Reads and checks a stack's settings; an invalid one names its key, the rule and the remedy. */
@NullMarked
package dev.daybook.infra.settings;

import org.jspecify.annotations.NullMarked;
