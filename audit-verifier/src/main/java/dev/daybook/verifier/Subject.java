package dev.daybook.verifier;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.PackMember;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * Says what a pack is about, and how much it holds: one entry, or a row by its table and key.
 *
 * @param entry the entry; null: a row
 * @param source the row's source; null: of any source
 * @param whole whether all rows of the log's leaves that are shown are shown
 * @param leaves how many leaves of the log it has
 * @param entries how many entries it has that are about the subject
 * @param others how many other rows it has: contexts, and in a whole pack what else there is
 */
record Subject(
        @Nullable UUID entry,
        @Nullable String source,
        @Nullable String table,
        @Nullable String key,
        boolean whole,
        long leaves,
        long entries,
        long others) {

    private static final List<String> MEMBERS =
            List.of(
                    "format", "entry", "source", "table", "key", "whole", "leaves", "entries",
                    "others");

    static Subject parse(String json) {
        JsonLine line = JsonLine.parse(json);
        if (!line.first().equals(PackMember.FORMAT)) {
            throw new InvalidEvidenceException(
                    "It is of the format "
                            + Plain.line(line.first(), 40)
                            + "; this verifier knows "
                            + PackMember.FORMAT
                            + ".");
        }
        line.require(MEMBERS);
        String entry = line.optionalText("entry");
        Subject subject =
                new Subject(
                        entry == null ? null : Row.id(entry),
                        line.optionalText("source"),
                        line.optionalText("table"),
                        line.optionalText("key"),
                        line.truth("whole"),
                        line.number("leaves"),
                        line.number("entries"),
                        line.number("others"));
        boolean isEntry = subject.entry != null;
        if (isEntry != (subject.table == null)
                || isEntry != (subject.key == null)
                || isEntry && (subject.whole || subject.source != null)) {
            throw new InvalidEvidenceException(
                    "It must be about an entry, or about a table and a key; only the latter can be"
                            + " whole or of a source.");
        }
        return subject;
    }

    /** Returns whether an entry is about it: it has the key, or had it before. */
    boolean isAbout(EntryRow row) {
        if (entry != null) {
            return entry.equals(row.id());
        }
        return row.table().equals(table)
                && (source == null || source.equals(row.source()))
                && key != null
                && (key.equals(row.key()) || key.equals(row.formerKey()));
    }

    /** Returns in words what it is about. */
    String inWords() {
        return entry != null
                ? "the entry " + entry
                : "the row "
                        + key
                        + " of "
                        + table
                        + (source == null ? "" : " of the source " + source);
    }
}
