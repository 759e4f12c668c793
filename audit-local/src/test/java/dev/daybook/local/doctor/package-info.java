/** Faults that are planted for the doctor to find. */
@NullMarked
package dev.daybook.local.doctor;

import org.jspecify.annotations.NullMarked;
