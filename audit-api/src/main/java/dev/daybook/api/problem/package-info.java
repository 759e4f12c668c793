/** What can go wrong with a request, as problem documents (RFC 9457). */
@NullMarked
package dev.daybook.api.problem;

import org.jspecify.annotations.NullMarked;
