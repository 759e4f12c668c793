/** Starts the Spring Boot services, and says in one line why one did not start. */
@NullMarked
package dev.daybook.service;

import org.jspecify.annotations.NullMarked;
