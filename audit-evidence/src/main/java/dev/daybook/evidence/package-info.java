/**
 * Seals what was stored and proves it to someone who does not trust its keeper: hashes of rows,
 * segments of them, a Merkle tree over segments, signed checkpoints and proofs. Depends on the JDK
 * alone.
 */
@NullMarked
package dev.daybook.evidence;

import org.jspecify.annotations.NullMarked;
