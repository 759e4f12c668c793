package dev.daybook.ingest.dms;

import dev.daybook.contract.Operation;
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
     * A change by our own connector, whose headers say all there is to know of the table.
     *
     * @param key the key's columns
     * @param unchanged columns left out because their value did not change, or was too large
     */
    public static ChangeEvent ofConnector(
            String source,
            long offset,
            Decoded.Change change,
            List<String> key,
            List<String> unchanged) {
        boolean delete = change.operation() == Operation.DELETE;
        return event(
                source,
                offset,
                change,
                key,
                delete ? deleted(change, change.data()) : change.beforeImage(),
                delete ? null : change.data(),
                delete ? List.of() : unchanged);
    }

    /**
     * A change by DMS.
     *
     * @param definition what is known of the table, or null
     * @param fullIdentity whether a null in a deleted row is a value, not a placeholder
     */
    public static ChangeEvent ofDms(
            String source,
            long offset,
            Decoded.Change change,
            @Nullable TableDefinition definition,
            boolean fullIdentity) {
        List<String> key = definition == null ? List.of() : definition.key();
        if (change.operation() == Operation.DELETE) {
            RowImage known = fullIdentity ? change.data() : withoutNulls(change.data(), null);
            return event(source, offset, change, key, deleted(change, known), null, List.of());
        }
        RowImage after = change.data();
        List<String> unknown = List.of();
        if (definition != null) {
            if (change.operation() == Operation.UPDATE) {
                Set<String> lobs = lobColumns(definition);
                after = lobs.isEmpty() ? after : withoutNulls(after, lobs);
            }
            unknown = missing(definition, after);
        }
        RowImage before =
                change.operation() == Operation.UPDATE ? change.beforeImage() : RowImage.empty();
        return event(source, offset, change, key, before, after, unknown);
    }

    private static ChangeEvent event(
            String source,
            long offset,
            Decoded.Change change,
            List<String> key,
            RowImage before,
            @Nullable RowImage after,
            List<String> unknown) {
        Decoded.Coordinates at = change.at();
        boolean snapshot = change.operation() == Operation.SNAPSHOT;
        Long number = at.recordNumber();
        // All rows of a load share its position and number: there, content tells them apart.
        boolean told = number != null && !snapshot;
        return new ChangeEvent(
                source,
                at.table(),
                change.operation(),
                at.committedAt(),
                at.transactionId(),
                number != null ? number : snapshot ? 0 : offset,
                at.position(),
                key,
                before.isEmpty() ? null : before,
                after,
                unknown,
                told ? null : discriminator(change, offset));
    }

    /**
     * What tells an unnumbered record from the next: its content. Rows without a key may be equal
     * in all of it, so there the offset counts too: better one entry twice, should the record come
     * again at another place, than one of two changes lost. A load of ours has the row's place in
     * its position.
     */
    private static String discriminator(Decoded.Change change, long offset) {
        StringBuilder text = new StringBuilder();
        append(text, change.data());
        append(text.append('|'), change.beforeImage());
        boolean placed = change.operation() == Operation.SNAPSHOT && change.at().position() != null;
        if (!change.at().keyed() && !placed) {
            text.append('@').append(offset);
        }
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

    /** What is known of a deleted row: a before-image, where there is one, says it best. */
    private static RowImage deleted(Decoded.Change change, RowImage data) {
        return change.beforeImage().isEmpty() ? data : change.beforeImage();
    }

    /** The image without the nulls of these columns, or of all columns where none are named. */
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
     * The columns for which a null in an update proves nothing: DMS may send NULL for a LOB that
     * did not change. A string type without a length is how DMS declares a LOB of text.
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
