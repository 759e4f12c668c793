/**
 * Runs the whole pipeline on one machine. This package holds what its rooms share: errors that a
 * person can put right, progress, logs, files of the owner only.
 */
@NullMarked
package dev.daybook.local;

import org.jspecify.annotations.NullMarked;
