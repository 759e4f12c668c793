/** The rules of the house that the compiler and Maven cannot see. */
@NullMarked
package dev.daybook.local.architecture;

import org.jspecify.annotations.NullMarked;
