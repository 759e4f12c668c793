package dev.daybook.domain.history;

import java.time.Instant;

/** An actor of the log, and when the log has the first and last transaction or change of theirs. */
public record ActorSeen(String actor, Instant first, Instant last) {}
