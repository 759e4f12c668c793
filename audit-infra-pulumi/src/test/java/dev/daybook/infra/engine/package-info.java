/** Runs the program under Pulumi's engine, with providers that stand in for AWS. */
@NullMarked
package dev.daybook.infra.engine;

import org.jspecify.annotations.NullMarked;
