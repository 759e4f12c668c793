/** Holds the guide to the files that it shows. */
@NullMarked
package dev.daybook.local.guide;

import org.jspecify.annotations.NullMarked;
