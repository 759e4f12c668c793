/**
 * Asks the log on behalf of a caller: pages and cursors, the look-up of rows, searches. Every face
 * of the API (REST today) asks here and so gets the same answers.
 */
@NullMarked
package dev.daybook.api.query;

import org.jspecify.annotations.NullMarked;
