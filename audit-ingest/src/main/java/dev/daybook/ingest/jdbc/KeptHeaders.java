package dev.daybook.ingest.jdbc;

import dev.daybook.ingest.change.Incoming;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** The headers of a rejected record, as they are kept. */
final class KeptHeaders implements Incoming.Headers {

    private final List<String> names = new ArrayList<>();
    private final List<byte @Nullable []> values = new ArrayList<>();

    void add(String name, byte @Nullable [] value) {
        names.add(name);
        values.add(value);
    }

    @Override
    public byte @Nullable [] last(String name) {
        int last = names.lastIndexOf(name);
        return last < 0 ? null : values.get(last);
    }

    @Override
    public void forEach(BiConsumer<String, byte @Nullable []> action) {
        for (int i = 0; i < names.size(); i++) {
            action.accept(names.get(i), values.get(i));
        }
    }
}
