package dev.daybook.api.query;

import dev.daybook.domain.history.EntryQuery;

import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;

/** Writes everything that a search finds: the port through which each face gives it away. */
public interface ExportWriter {

    /** How an export is written. */
    enum Format {
        NDJSON("application/x-ndjson"),
        CSV("text/csv");

        private final String type;

        Format(String type) {
            this.type = type;
        }

        /** Returns the media type, with the charset. */
        public String contentType() {
            return type + ";charset=UTF-8";
        }

        /** Returns what the answer's header says of the file. */
        public String disposition() {
            return "attachment; filename=\"daybook."
                    + name().toLowerCase(java.util.Locale.ROOT)
                    + "\"";
        }
    }

    /**
     * Writes an export to its last line, which says that it is complete.
     *
     * @param begun is called when the first part is read: the answer may begin, though nothing may
     *     be found for long
     */
    void write(Caller caller, EntryQuery query, Format format, OutputStream output, Flushable begun)
            throws IOException;
}
