/** Paths that hold any text: a row's key, a table, an actor. */
@NullMarked
package dev.daybook.api.path;

import org.jspecify.annotations.NullMarked;
