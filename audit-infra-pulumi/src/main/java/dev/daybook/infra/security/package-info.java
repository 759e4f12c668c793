/** Creates the keys that data and secrets are encrypted with, and the credentials. */
@NullMarked
package dev.daybook.infra.security;

import org.jspecify.annotations.NullMarked;
