/** The language of Daybook: what changed in a source database, and what is kept of it. */
@NullMarked
package dev.daybook.domain;

import org.jspecify.annotations.NullMarked;
