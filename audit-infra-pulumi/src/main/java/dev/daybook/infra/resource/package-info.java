/**
 * Provides what every component is built from: the base class, JSON and policy documents, tags, and
 * the resources of providers whose Java SDK is not published.
 */
@NullMarked
package dev.daybook.infra.resource;

import org.jspecify.annotations.NullMarked;
