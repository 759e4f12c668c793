package dev.daybook.connect.sink;

import org.jspecify.annotations.Nullable;

/** Gives what a sealed row has beside its values. */
interface Places {

    /** Of a sink that does not seal. */
    Places NONE =
            new Places() {
                @Override
                public @Nullable Long placeOf(Row row) {
                    return null;
                }

                @Override
                public byte @Nullable [] seedOf(Row row) {
                    return null;
                }
            };

    /** Returns the row's stream and offset. */
    @Nullable Long placeOf(Row row);

    /** Returns what the salts of the row's commitments follow from. */
    byte @Nullable [] seedOf(Row row);
}
