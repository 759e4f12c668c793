/** The viewer: pages of the log for people, which ask {@code api.query} as REST does. */
@NullMarked
package dev.daybook.api.view;

import org.jspecify.annotations.NullMarked;
