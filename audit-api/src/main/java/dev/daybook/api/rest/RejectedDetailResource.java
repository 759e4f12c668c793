package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

import java.util.List;

/** A rejected record and its replays. */
@Schema(name = "RejectedDetail", description = "A rejected record and its replays.")
record RejectedDetailResource(
        RejectedResource rejected,
        @Schema(description = "Newest first.") List<ReplayResource> replays) {}
