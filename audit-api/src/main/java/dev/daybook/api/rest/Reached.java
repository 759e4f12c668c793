package dev.daybook.api.rest;

import dev.daybook.pack.SealedReach;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** When coverage is told, and how far the log is sealed; null if it is not. */
record Reached(Instant now, @Nullable SealedReach seal) {

    @Nullable Instant sealedUntil(String source) {
        return seal == null ? null : seal.sealed().get(source);
    }

    @Nullable Instant anchoredUntil(String source) {
        return seal == null ? null : seal.anchored().get(source);
    }
}
