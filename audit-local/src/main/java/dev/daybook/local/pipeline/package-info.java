/** Starts, watches and stops the whole pipeline in one process, on one data directory. */
@NullMarked
package dev.daybook.local.pipeline;

import org.jspecify.annotations.NullMarked;
