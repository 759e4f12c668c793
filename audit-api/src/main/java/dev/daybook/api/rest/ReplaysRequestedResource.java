package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

/** How many replays a request asked for. */
@Schema(name = "ReplaysRequested", description = "How many replays the request asked for.")
record ReplaysRequestedResource(
        @Schema(description = "How many records will be replayed.") int records,
        @Schema(description = "Whether there are more: ask again.") boolean more) {}
