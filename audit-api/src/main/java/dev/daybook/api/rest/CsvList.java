package dev.daybook.api.rest;

import org.jspecify.annotations.Nullable;

/** A list that whoever asks for it may have as CSV. */
interface CsvList {

    /** Returns where the list goes on, as it stands in a URL; null at its end. */
    @Nullable String goesOnAt();

    /** Adds the header and the lines. */
    void writeTo(StringBuilder csv);
}
