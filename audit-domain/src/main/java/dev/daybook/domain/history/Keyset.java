package dev.daybook.domain.history;

import java.time.Instant;
import java.util.UUID;

/** A place in a list that is ordered by a time, then by an id as unsigned bytes. */
public record Keyset(Instant at, UUID id) {}
