package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A page of a list. */
record ListResource<T>(
        List<T> data,
        @JsonProperty("next_cursor")
                @Schema(
                        description =
                                "Hand it back as \"cursor\" for the next page; null at the end. A"
                                        + " page may be short, even empty, and yet not the last.")
                @Nullable String nextCursor,
        Completeness coverage) {}
