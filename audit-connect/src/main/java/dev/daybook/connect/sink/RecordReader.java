package dev.daybook.connect.sink;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads the records of one kind into rows. */
interface RecordReader {

    /** Returns the row of a record, whose value is given as it stands in the topic. */
    Row read(SinkRecord record, byte[] json) throws Unreadable;

    /** Returns the source that the last record names; null if it could not be read. */
    @Nullable String lastSource();

    /** Returns the table that the last record names; null if it could not be read or has none. */
    default @Nullable String lastTable() {
        return null;
    }
}
