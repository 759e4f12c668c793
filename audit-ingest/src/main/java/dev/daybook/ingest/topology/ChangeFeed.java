package dev.daybook.ingest.topology;

import dev.daybook.domain.TableCatalog;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Decoder;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.WireFormat;
import dev.daybook.ingest.debezium.DebeziumDecoder;
import dev.daybook.ingest.debezium.DebeziumFormat;
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

    /** Returns what reads the records of a source, in the format that its settings name. */
    static Decoder decoder(TopologySettings.Source source, TableCatalog catalog) {
        DebeziumFormat debezium = source.debezium();
        return debezium == null
                ? new DmsDecoder(source.dms())
                : new DebeziumDecoder(debezium, source.name(), catalog);
    }

    /** Returns what a record says; one of another format than the source's is rejected as such. */
    Decoded decode(Incoming record) {
        Decoded decoded = decoder.decode(record);
        if (!(decoded instanceof Decoded.Malformed malformed)) {
            return decoded;
        }
        WireFormat declared = source.debezium() == null ? WireFormat.DMS : WireFormat.DEBEZIUM;
        WireFormat found = WireFormat.of(record.value());
        return found == null || found == declared
                ? malformed
                : new Decoded.Malformed(
                        "wrong-format",
                        "This looks like a record of "
                                + found.title()
                                + ", and its source is read as "
                                + declared.title()
                                + "'s: set daybook.ingest.sources."
                                + source.name()
                                + ".format="
                                + found.word()
                                + ", or give its records a source of their own.",
                        null);
    }

    /** Returns the table of a change of this source. */
    DefinitionQueue.Table table(Incoming record, Decoded.Change change) {
        return new DefinitionQueue.Table(
                record.place().topic(), source.name(), change.at().table());
    }
}
