/** Change records of any wire format: what comes in, what it says, and the change that it means. */
@NullMarked
package dev.daybook.ingest.change;

import org.jspecify.annotations.NullMarked;
