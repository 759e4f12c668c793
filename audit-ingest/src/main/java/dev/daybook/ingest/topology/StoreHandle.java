package dev.daybook.ingest.topology;

import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Names a store together with what builds it, so that whoever reads it has the type with which it
 * is filled. The only way to a store.
 *
 * @param name the store's name
 * @param builder builds the store
 * @param <S> the store's type
 */
record StoreHandle<S extends StateStore>(String name, StoreBuilder<S> builder) {

    StoreHandle {
        if (!builder.name().equals(name)) {
            throw new IllegalArgumentException(
                    "The builder of store " + name + " is one of store " + builder.name() + ".");
        }
    }

    /** Returns the store of the task that runs. */
    S in(ProcessorContext<?, ?> context) {
        return context.getStateStore(name);
    }
}
