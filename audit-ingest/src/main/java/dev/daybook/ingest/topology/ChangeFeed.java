package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Decoder;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.dms.DmsDecoder;

/**
 * A source with what its records are read with.
 *
 * @param watermarks its watermarks that wait
 */
record ChangeFeed(
        TopologySettings.Source source,
        Decoder decoder,
        IngestMetrics.OfSource metrics,
        HeldWatermarks watermarks) {

    static ChangeFeed of(TopologySettings.Source source, IngestMetrics metrics) {
        return new ChangeFeed(
                source,
                new DmsDecoder(source.format()),
                metrics.of(source.name()),
                new HeldWatermarks());
    }

    /** Returns the table of a change of this source. */
    DefinitionQueue.Table table(Incoming record, Decoded.Change change) {
        return new DefinitionQueue.Table(
                record.place().topic(), source.name(), change.at().table());
    }
}
