/**
 * What {@code ./daybook doctor} looks at: a source database, DMS's settings, the topics, the audit
 * database. Each examination reads and changes nothing; what it finds is a list of findings.
 */
@NullMarked
package dev.daybook.local.doctor;

import org.jspecify.annotations.NullMarked;
