package dev.daybook.api.rest;

import dev.daybook.api.rest.EntryResource.ChangeResource;
import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

/**
 * Writes CSV (RFC 4180). Of entries it has a line for each column that an entry changed, so that a
 * spreadsheet sorts and filters by it; a line without a column for an entry that changed none.
 */
final class Csv {

    static final String HEADER =
            "committed_at,source,table,key,operation,field,from,to,from_origin,actor,actor_source,"
                    + "reason,request_id,transaction_id,sequence,entry_id,recorded_at\r\n";

    private Csv() {}

    /** Adds a line of cells; null is nothing. */
    static void line(StringBuilder csv, @Nullable Object... cells) {
        for (int i = 0; i < cells.length; i++) {
            Object cell = cells[i];
            if (cell != null) {
                text(csv, cell.toString(), cell instanceof Number);
            }
            csv.append(i + 1 < cells.length ? "," : "\r\n");
        }
    }

    /** Adds the lines of an entry. */
    static void append(StringBuilder csv, EntryResource entry) {
        if (entry.changes().isEmpty()) {
            append(csv, entry, null);
        }
        entry.changes().forEach(change -> append(csv, entry, change));
    }

    private static void append(
            StringBuilder csv, EntryResource entry, @Nullable ChangeResource change) {
        cell(csv, entry.committedAt());
        cell(csv, entry.source());
        cell(csv, entry.table());
        cell(csv, entry.key());
        cell(csv, entry.operation());
        cell(csv, change == null ? null : change.field());
        value(csv, change == null ? null : change.from());
        value(csv, change == null ? null : change.to());
        cell(csv, change == null ? null : change.fromOrigin());
        cell(csv, entry.actor().id());
        cell(csv, entry.actor().source());
        cell(csv, entry.reason());
        cell(csv, entry.requestId());
        Long transaction = entry.transaction().id();
        cell(csv, transaction == null ? null : transaction.toString());
        cell(csv, Long.toString(entry.transaction().sequence()));
        cell(csv, entry.id().toString());
        text(csv, entry.recordedAt(), false);
        csv.append("\r\n");
    }

    /** SQL NULL is the word; what is unknown, or was not there, is nothing. */
    private static void value(StringBuilder csv, @Nullable RawJson value) {
        if (value == null) {
            csv.append(',');
        } else if (value.text().equals(RowImage.NULL)) {
            csv.append("NULL,");
        } else {
            text(csv, JsonText.scalar(value.text()), !value.text().startsWith("\""));
            csv.append(',');
        }
    }

    private static void cell(StringBuilder csv, @Nullable String text) {
        if (text != null) {
            text(csv, text, false);
        }
        csv.append(',');
    }

    /**
     * A text is quoted where it must be, and where it is empty or reads {@code NULL}, which it is
     * not. A spreadsheet would take a text that begins like a formula for one: an apostrophe before
     * it keeps it a text.
     */
    private static void text(StringBuilder csv, String text, boolean number) {
        boolean formula = !number && !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0;
        boolean quoted = formula || text.isEmpty() || text.equals("NULL");
        for (int i = 0; i < text.length() && !quoted; i++) {
            char c = text.charAt(i);
            quoted = c == '"' || c == ',' || c == '\n' || c == '\r' || i == 0 && c == ' ';
        }
        if (!quoted) {
            csv.append(text);
            return;
        }
        csv.append('"').append(formula ? "'" : "");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                csv.append('"');
            }
            csv.append(c);
        }
        csv.append('"');
    }
}
