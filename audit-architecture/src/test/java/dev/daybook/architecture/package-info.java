/** The rules of the house that the compiler and Maven cannot see. */
@NullMarked
package dev.daybook.architecture;

import org.jspecify.annotations.NullMarked;
