/** Keeps a small shop at work, for a first look at the log. */
@NullMarked
package dev.daybook.local.demo;

import org.jspecify.annotations.NullMarked;
