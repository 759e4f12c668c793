package dev.daybook.ingest.change;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.RecordMember.TableChanged;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Makes a decoded record into the change that it stands for, with what is known of its table. */
public final class Normaliser {

    /** Column types whose values DMS treats as LOBs: its own words, and PostgreSQL's. */
    private static final Set<String> LOB_TYPES =
            Set.of(
                    "CLOB",
                    "NCLOB",
                    "BLOB",
                    "BYTES",
                    "TEXT",
                    "JSON",
                    "JSONB",
                    "BYTEA",
                    "XML",
                    "TSVECTOR",
                    "HSTORE");

    private Normaliser() {}

    /**
     * Returns the change that a record stands for.
     *
     * @param key the key's columns in key order; empty for a table without a key, and for one whose
     *     key is not known
     * @param definition what is known of the table, or null; not asked where the record describes
     *     its table itself
     * @param fullIdentity whether a null in a deleted row is a value, not a placeholder
     */
    public static ChangeEvent event(
            String source,
            Place place,
            Decoded.Change change,
            List<String> key,
            @Nullable TableDefinition definition,
            boolean fullIdentity) {
        Decoded.SelfDescription described = change.described();
        if (change.operation() == Operation.DELETE) {
            RowImage known =
                    described != null || fullIdentity
                            ? change.data()
                            : withoutNulls(change.data(), null);
            return event(source, place, change, key, deleted(change, known), null, List.of());
        }
        if (described != null) {
            return event(
                    source,
                    place,
                    change,
                    key,
                    change.beforeImage(),
                    change.data(),
                    described.unchanged());
        }
        RowImage after = change.data();
        List<String> unknown = List.of();
        if (definition != null) {
            if (change.operation() == Operation.UPDATE) {
                Set<String> lobs = lobColumns(definition);
                after = lobs.isEmpty() ? after : withoutNulls(after, lobs);
            }
            unknown = definition.certain() ? missing(definition, after) : List.of();
        }
        RowImage before =
                change.operation() == Operation.UPDATE ? change.beforeImage() : RowImage.empty();
        return event(source, place, change, key, before, after, unknown);
    }

    /** Returns the change that a truncation stands for. */
    public static ChangeEvent truncation(String source, Place place, Decoded.Truncated truncated) {
        return ofTable(source, place, truncated.at(), Operation.TRUNCATE, null);
    }

    /** Returns the change that something that became of a table stands for. */
    public static ChangeEvent tableChange(
            String source, Place place, Decoded.TableChanged changed) {
        return ofTable(
                source,
                place,
                changed.at(),
                Operation.TABLE_CHANGE,
                new RowImage.Builder()
                        .add(TableChanged.CHANGE, JsonText.quoted(changed.word()))
                        .add(
                                TableChanged.CONTROL,
                                changed.control() == null ? RowImage.NULL : changed.control())
                        .build());
    }

    private static ChangeEvent ofTable(
            String source,
            Place place,
            Decoded.Coordinates at,
            Operation operation,
            @Nullable RowImage after) {
        Long number = at.recordNumber();
        return new ChangeEvent(
                source,
                at.table(),
                operation,
                at.committedAt(),
                at.transactionId(),
                number == null ? place.offset() : number,
                at.position(),
                List.of(),
                null,
                after,
                List.of(),
                number == null ? place.toString() : null,
                at.sourceCommittedAt());
    }

    private static ChangeEvent event(
            String source,
            Place place,
            Decoded.Change change,
            List<String> key,
            RowImage before,
            @Nullable RowImage after,
            List<String> unknown) {
        Decoded.Coordinates at = change.at();
        boolean snapshot = change.operation() == Operation.SNAPSHOT;
        Long number = at.recordNumber();
        return new ChangeEvent(
                source,
                at.table(),
                change.operation(),
                at.committedAt(),
                at.transactionId(),
                number != null ? number : snapshot ? 0 : place.offset(),
                at.position(),
                key,
                before.isEmpty() ? null : before,
                after,
                unknown,
                discriminator(change, place),
                at.sourceCommittedAt());
    }

    /**
     * Returns what tells a record without a number from the next: what it says itself of its row,
     * else its place. Content and time do not, since two changes may be equal in both. A snapshot
     * with a position has the row's place in the source there, and is the same row wherever it
     * stands in the topic.
     */
    private static @Nullable String discriminator(Decoded.Change change, Place place) {
        Decoded.SelfDescription described = change.described();
        if (described != null && described.row() != null) {
            return described.row();
        }
        boolean snapshot = change.operation() == Operation.SNAPSHOT;
        if (change.at().recordNumber() != null && !snapshot) {
            return null;
        }
        if (!snapshot || change.at().position() == null) {
            return place.toString();
        }
        StringBuilder text = new StringBuilder();
        append(text, change.data());
        append(text.append('|'), change.beforeImage());
        return text.toString();
    }

    private static void append(StringBuilder text, RowImage image) {
        for (int i = 0; i < image.size(); i++) {
            String name = image.nameAt(i);
            String token = image.tokenAt(i);
            text.append(name.length()).append(':').append(name);
            text.append(token.length()).append(':').append(token);
        }
    }

    /** Returns what is known of a deleted row: its before-image, else the columns sent. */
    private static RowImage deleted(Decoded.Change change, RowImage data) {
        return change.beforeImage().isEmpty() ? data : change.beforeImage();
    }

    /** Returns the image without the nulls of these columns, or of all where none are named. */
    private static RowImage withoutNulls(RowImage image, @Nullable Set<String> columns) {
        RowImage.Builder kept = null;
        for (int i = 0; i < image.size(); i++) {
            boolean drop =
                    image.tokenAt(i).equals(RowImage.NULL)
                            && (columns == null || columns.contains(image.nameAt(i)));
            if (drop && kept == null) {
                kept = new RowImage.Builder();
                for (int j = 0; j < i; j++) {
                    kept.add(image.nameAt(j), image.tokenAt(j));
                }
            } else if (!drop && kept != null) {
                kept.add(image.nameAt(i), image.tokenAt(i));
            }
        }
        return kept == null ? image : kept.build();
    }

    /**
     * Returns the columns in which a null of an update proves nothing: DMS may send NULL for a LOB
     * that did not change. DMS declares a LOB of text as a string type without a length.
     */
    private static Set<String> lobColumns(TableDefinition definition) {
        Set<String> lobs = Set.of();
        for (TableDefinition.Column column : definition.columns()) {
            String type = column.type().toUpperCase(Locale.ROOT);
            boolean lob =
                    LOB_TYPES.contains(type)
                            || type.endsWith("[]")
                            || (column.length() == null
                                    && (type.equals("STRING") || type.equals("WSTRING")));
            if (lob) {
                if (lobs.isEmpty()) {
                    lobs = new HashSet<>();
                }
                lobs.add(column.name());
            }
        }
        return lobs;
    }

    private static List<String> missing(TableDefinition definition, RowImage image) {
        List<String> missing = List.of();
        for (TableDefinition.Column column : definition.columns()) {
            if (!image.knows(column.name())) {
                if (missing.isEmpty()) {
                    missing = new ArrayList<>();
                }
                missing.add(column.name());
            }
        }
        return missing;
    }
}
