/** The plugin as it is shipped, on a worker of its own. */
@NullMarked
package dev.daybook.connect.packaging;

import org.jspecify.annotations.NullMarked;
