/**
 * A bucket of S3 as the place of a sealed log: reads, and writes under conditions. Who reads packs'
 * proofs needs this and not the sealer.
 */
@NullMarked
package dev.daybook.bucket;

import org.jspecify.annotations.NullMarked;
