package dev.daybook.ingest.topology;

import dev.daybook.domain.TableCatalog;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Decoder;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.WireFormat;
import dev.daybook.ingest.debezium.DebeziumDecoder;
import dev.daybook.ingest.debezium.DebeziumFormat;
import dev.daybook.ingest.dms.DmsDecoder;

import org.jspecify.annotations.Nullable;

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
        byte[] value = record.value();
        if (source.debezium() == null && isFramed(value)) {
            return new Decoded.Malformed(
                    "schema-registry",
                    "The record begins with two bytes 0, as Avro, Protobuf and JSON Schema do with"
                            + " a schema registry, and these are not read: let the capture write"
                            + " JSON (Debezium: key.converter and value.converter"
                            + " org.apache.kafka.connect.json.JsonConverter, and"
                            + " daybook.ingest.sources."
                            + source.name()
                            + ".format=debezium).",
                    null);
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

    /**
     * Returns whether a record has a registry's frame: a byte 0, and a number that is not large.
     */
    private static boolean isFramed(byte @Nullable [] value) {
        return value != null && value.length > 5 && value[0] == 0 && value[1] == 0;
    }

    /** Returns the table of a change of this source. */
    DefinitionQueue.Table table(Incoming record, Decoded.Change change) {
        return new DefinitionQueue.Table(
                record.place().topic(), source.name(), change.at().table());
    }
}
