/** The whole pipeline on one machine. */
@NullMarked
package dev.daybook.local;

import org.jspecify.annotations.NullMarked;
