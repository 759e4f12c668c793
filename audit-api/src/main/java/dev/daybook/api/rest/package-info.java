/** The REST interface: resources, parameters, problems. */
@NullMarked
package dev.daybook.api.rest;

import org.jspecify.annotations.NullMarked;
