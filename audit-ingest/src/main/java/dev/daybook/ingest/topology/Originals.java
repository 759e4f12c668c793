package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;

/** Reads single records of change topics again, by their place. Not for several threads. */
interface Originals extends AutoCloseable {

    /** Returns the record at a place, or null if there is none any more. */
    @Nullable Incoming read(Place place);

    @Override
    void close();
}
