/** Where the sealed log is kept: a bucket that nobody writes but the sealer. */
@NullMarked
package dev.daybook.infra.evidence;

import org.jspecify.annotations.NullMarked;
