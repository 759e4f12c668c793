/** Runs containers on ECS: the ingest and the API as services, and tasks that run once. */
@NullMarked
package dev.daybook.infra.container;

import org.jspecify.annotations.NullMarked;
