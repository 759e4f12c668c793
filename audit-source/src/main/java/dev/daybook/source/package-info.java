/**
 * Prepares and checks a source database: what the plugin, the migrations and the launcher share.
 *
 * <p>The SQL itself is in {@code db/source}, which travels with this module.
 */
@NullMarked
package dev.daybook.source;

import org.jspecify.annotations.NullMarked;
