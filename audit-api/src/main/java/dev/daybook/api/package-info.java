/** History over REST. */
@NullMarked
package dev.daybook.api;

import org.jspecify.annotations.NullMarked;
