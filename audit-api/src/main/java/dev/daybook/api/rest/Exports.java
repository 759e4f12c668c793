package dev.daybook.api.rest;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.ExportWriter;
import dev.daybook.api.query.LiveQueries;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import org.springframework.stereotype.Component;

import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SequenceWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Writes exports, an entry at a time. */
@Component
class Exports implements ExportWriter {

    private static final int BUFFER = 1 << 16;

    private final LiveQueries live;
    private final TypedRows typed;
    private final Resources resources;
    private final ObjectWriter lines;
    private final ObjectWriter gaps;

    Exports(LiveQueries live, TypedRows typed, Resources resources, JsonMapper json) {
        this.live = live;
        this.typed = typed;
        this.resources = resources;
        this.gaps = json.writer();
        this.lines =
                json.writerFor(EntryResource.class)
                        .withRootValueSeparator("\n")
                        .without(SerializationFeature.FLUSH_AFTER_WRITE_VALUE);
    }

    @Override
    public void write(
            Caller caller, EntryQuery query, Format format, OutputStream output, Flushable begun)
            throws IOException {
        write(caller, query, format, Numbers.NUMBER, output, begun);
    }

    void write(
            Caller caller,
            EntryQuery query,
            Format format,
            Numbers numbers,
            OutputStream output,
            Flushable begun)
            throws IOException {
        switch (format) {
            case NDJSON -> writeNdjson(caller, query, numbers, output, begun);
            case CSV -> writeCsv(caller, query, numbers, output, begun);
        }
    }

    private void writeNdjson(
            Caller caller, EntryQuery query, Numbers numbers, OutputStream output, Flushable begun)
            throws IOException {
        // Not closed where an entry could not be written: that would end the answer as if complete.
        OutputStream buffered = new BufferedOutputStream(output, BUFFER);
        SequenceWriter lines = this.lines.writeValues(buffered);
        LiveQueries.Exported exported =
                live.export(
                        caller, query, sink(begun, entry -> lines.write(resource(entry, numbers))));
        lines.flush();
        Instant until = exported.completeUntil();
        String last =
                (exported.entries() == 0 ? "" : "\n")
                        + "{\"complete\":true,\"entries\":"
                        + exported.entries()
                        + ",\"complete_until\":"
                        + (until == null ? "null" : JsonText.quoted(WireTime.text(until)))
                        + ",\"gaps\":"
                        + gaps.writeValueAsString(resources.missing(exported.gaps()))
                        + "}\n";
        buffered.write(last.getBytes(StandardCharsets.UTF_8));
        buffered.flush();
    }

    private void writeCsv(
            Caller caller, EntryQuery query, Numbers numbers, OutputStream output, Flushable begun)
            throws IOException {
        Writer writer = writer(output);
        writer.write(Csv.HEADER);
        StringBuilder lines = new StringBuilder();
        LiveQueries.Exported exported =
                live.export(
                        caller,
                        query,
                        sink(
                                begun,
                                entry -> {
                                    lines.setLength(0);
                                    Csv.append(lines, resource(entry, numbers));
                                    writer.append(lines);
                                }));
        Instant until = exported.completeUntil();
        writer.append("# complete: ")
                .append(Long.toString(exported.entries()))
                .append(" entries; the log was complete until ")
                .append(until == null ? "a moment that is not known" : WireTime.text(until))
                .append(
                        exported.gaps().isEmpty()
                                ? ""
                                : "; changes may be missing, see the gaps of /coverage")
                .append("\r\n");
        writer.flush();
    }

    /** Returns an entry as it is given out. */
    EntryResource resource(RecordedView entry, Numbers numbers) {
        return resources.entry(typed.view(entry, null), numbers);
    }

    private interface Line {

        void write(RecordedView entry) throws IOException;
    }

    private static LiveQueries.Sink sink(Flushable begun, Line line) {
        return new LiveQueries.Sink() {
            @Override
            public void begun() throws IOException {
                begun.flush();
            }

            @Override
            public void entry(RecordedView entry) throws IOException {
                line.write(entry);
            }
        };
    }

    private static Writer writer(OutputStream output) {
        return new BufferedWriter(new OutputStreamWriter(output, StandardCharsets.UTF_8), BUFFER);
    }
}
