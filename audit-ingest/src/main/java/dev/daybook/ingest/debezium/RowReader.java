package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes images of one record's rows, in the log's spelling. What a record does not tell is left out
 * and named. Not for several threads.
 */
final class RowReader {

    /** Says that a value could be one of several, since no schema and no catalog tells its type. */
    private static final String WITHOUT_TYPE = "value-without-type";

    /** Says that the connector's converter has lost a part of a value. */
    private static final String NOT_EXACT = "value-not-exact";

    private final Unavailable unavailable;
    private final RowImage.Builder image = new RowImage.Builder();

    private TableTypes.@Nullable Columns row;
    private TableTypes.@Nullable Columns keyTypes;
    private RecordKey.Parts key = RecordKey.Parts.NONE;
    private List<String> unknown = List.of();
    private @Nullable String unusable;

    RowReader(Unavailable unavailable) {
        this.unavailable = unavailable;
    }

    /** Begins with a record. */
    void begin(TableTypes.Columns row, TableTypes.Columns keyTypes, RecordKey.Parts key) {
        this.row = row;
        this.keyTypes = keyTypes;
        this.key = key;
        unknown = List.of();
        unusable = null;
    }

    /** Returns the columns of the new row that the record does not tell. */
    List<String> unknown() {
        return unknown;
    }

    /** Returns why a value could not be used, or null if all could. */
    @Nullable String unusable() {
        return unusable;
    }

    /** Notes a part of the record that could not be used. */
    void cannotUse(String part) {
        unusable = part;
    }

    /** Returns an old row. */
    RowImage readOld(RowImage raw) {
        image.clear();
        for (int i = 0; i < raw.size(); i++) {
            String token = token(raw, i);
            if (token != null) {
                image.add(raw.nameAt(i), token);
            }
        }
        return image.build();
    }

    /**
     * Returns a new row, and notes what of it is unknown.
     *
     * @param before the whole old row, in which an unchanged value stands; empty if it is not known
     */
    RowImage readNew(RowImage raw, RowImage before) {
        image.clear();
        for (int i = 0; i < raw.size(); i++) {
            String name = raw.nameAt(i);
            String token = token(raw, i);
            if (token == null && unavailable.is(raw.tokenAt(i))) {
                token = before.token(name);
            }
            if (token != null) {
                image.add(name, token);
            } else {
                if (unknown.isEmpty()) {
                    unknown = new ArrayList<>();
                }
                unknown.add(name);
            }
        }
        return image.build();
    }

    /** Returns what the record's key says of the row. */
    RowImage readKey() {
        return keyImage(key, keyTypes);
    }

    /** Returns what a key of the record's table says. */
    RowImage keyImage(RecordKey.Parts other, TableTypes.@Nullable Columns types) {
        image.clear();
        for (String column : other.columns()) {
            String token = keyToken(other, types, column);
            if (token != null) {
                image.add(column, token);
            }
        }
        return image.build();
    }

    private @Nullable String token(RowImage raw, int i) {
        String name = raw.nameAt(i);
        String value = raw.tokenAt(i);
        if (key.columns().contains(name)) {
            return keyToken(key, keyTypes, name);
        }
        if (unavailable.is(value)) {
            return null;
        }
        return spelled(row, name, value);
    }

    /**
     * Returns a key's value; one whose type nothing tells as it was written, or no row had a key.
     */
    private @Nullable String keyToken(
            RecordKey.Parts of, TableTypes.@Nullable Columns ofKey, String column) {
        String value = of.values().token(column);
        if (value == null) {
            return null;
        }
        boolean hasSchema = of.schema() != null;
        TableTypes.Columns types = hasSchema ? ofKey : row;
        boolean bare = value.charAt(0) != '{' && value.charAt(0) != '[';
        return !hasSchema && bare && types != null && types.areUntyped()
                ? JsonText.canonical(value)
                : spelled(types, column, value);
    }

    private @Nullable String spelled(
            TableTypes.@Nullable Columns types, String column, String value) {
        if (types == null) {
            return null;
        }
        String token = types.of(column).tokenOf(value);
        if (token == null && unusable == null) {
            unusable = types.hasSchema() ? NOT_EXACT : WITHOUT_TYPE;
        }
        return token;
    }
}
