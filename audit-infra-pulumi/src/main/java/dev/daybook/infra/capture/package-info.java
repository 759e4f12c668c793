/**
 * Creates the DMS task that captures the source's changes, with its settings and table mappings.
 */
@NullMarked
package dev.daybook.infra.capture;

import org.jspecify.annotations.NullMarked;
