/** Who may ask: API keys, or tokens of an issuer. */
@NullMarked
package dev.daybook.api.security;

import org.jspecify.annotations.NullMarked;
