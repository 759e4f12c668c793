/** Changes of what was sealed, which verification has to find. */
@NullMarked
package dev.daybook.local.evidence;

import org.jspecify.annotations.NullMarked;
