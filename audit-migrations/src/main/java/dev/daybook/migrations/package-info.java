/** What is done to the databases once, before the services start. */
@NullMarked
package dev.daybook.migrations;

import org.jspecify.annotations.NullMarked;
