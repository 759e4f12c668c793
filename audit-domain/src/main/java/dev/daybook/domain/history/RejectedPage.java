package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A part of the rejected records, newest first.
 *
 * @param records may be fewer than asked for although more follow
 * @param next the place to go on from, or null at the end
 */
public record RejectedPage(List<RejectedRecord> records, @Nullable Keyset next) {

    public RejectedPage {
        records = List.copyOf(records);
    }
}
