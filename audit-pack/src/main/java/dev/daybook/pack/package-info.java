/**
 * Makes evidence packs: rows of the audit database with what leads from each to the signed
 * checkpoint of the log. Reads both, and writes neither. docs/evidence/pack.md has the format.
 */
@NullMarked
package dev.daybook.pack;

import org.jspecify.annotations.NullMarked;
