package dev.daybook.domain.history;

import java.time.Instant;

/**
 * A source of which up to when its log is complete no longer moves.
 *
 * @param since when it moved last
 * @param stage the part that keeps it: {@code source}, {@code ingest} or {@code sink}
 * @param reason why, as far as the parts have reported
 */
public record Standstill(String source, Instant since, String stage, String reason) {}
