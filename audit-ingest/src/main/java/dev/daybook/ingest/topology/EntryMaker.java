package dev.daybook.ingest.topology;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.TableChange;
import dev.daybook.contract.TableName;
import dev.daybook.domain.ActorColumns;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.Redaction;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Normaliser;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** Makes entries of changes. Knows no topic and no store; one per thread. */
final class EntryMaker {

    private final Redaction redaction;
    private final ActorColumns actors;

    EntryMaker(Redaction redaction, ActorColumns actors) {
        this.redaction = redaction;
        this.actors = actors;
    }

    /**
     * Returns the entry of a change, or its rejection.
     *
     * @param configured the table's key as the settings have it, or null; goes before all else
     * @param definition what is known of the table, or null
     * @param learned what is known of the table's key alone, or null; ranks last
     * @param unknown why the key is not known, if it is not
     */
    Outcome change(
            TopologySettings.Source source,
            Place place,
            Decoded.Change change,
            @Nullable List<String> configured,
            @Nullable TableDefinition definition,
            @Nullable List<String> learned,
            String unknown) {
        Decoded.SelfDescription described = change.described();
        List<String> key =
                configured != null
                        ? configured
                        : described != null
                                ? described.key()
                                : definition != null
                                        ? definition.key()
                                        : learned != null ? learned : List.of();
        ChangeEvent event =
                Normaliser.event(
                        source.name(), place, change, key, definition, source.fullIdentity());
        boolean keyKnown =
                configured != null || described != null || definition != null || learned != null;
        if (saysNothing(event) && !(keyKnown && key.isEmpty() && event.after() != null)) {
            return rejected(
                    event.table(),
                    "no-data",
                    "The data record holds no value of its row: nothing says which row it is"
                            + " about.");
        }
        return entry(event, keyKnown ? null : unknown);
    }

    /** Returns the entry of a truncation, or its rejection. */
    Outcome truncation(TopologySettings.Source source, Place place, Decoded.Truncated truncated) {
        return entry(Normaliser.truncation(source.name(), place, truncated), null);
    }

    /**
     * Returns the entry of something that became of a table, or its rejection.
     *
     * @param known what was known of the table until then, or null
     */
    Outcome tableChange(
            TopologySettings.Source source,
            Place place,
            Decoded.TableChanged changed,
            @Nullable TableDefinition known) {
        Outcome outcome = entry(Normaliser.tableChange(source.name(), place, changed), null);
        if (!(outcome instanceof Outcome.Entry made)) {
            return outcome;
        }
        boolean dropped = changed.word().equals(TableChange.DROP_TABLE.word());
        TableDefinition definition =
                changed.definition() != null || known == null || dropped
                        // A dropped table's last changes may still be on their way.
                        ? changed.definition()
                        // The columns are unknown until they are said; the key is believed until
                        // then.
                        : known.uncertain();
        return new Outcome.TableChanged(made, changed.at(), definition);
    }

    private static boolean saysNothing(ChangeEvent event) {
        return event.before() == null && (event.after() == null || event.after().isEmpty());
    }

    private Outcome entry(ChangeEvent event, @Nullable String keyless) {
        // From the change as it came: other rules of redaction are no reason for another entry.
        UUID id = event.id();
        ChangeEvent kept = redaction.apply(event);
        AuditEntry entry = AuditEntry.of(id, kept, actors.actor(kept));
        EntityKey key = entry.entityKey();
        EntityKey oldKey = entry.oldEntityKey();
        if ((key != null && !key.isStorable()) || (oldKey != null && !oldKey.isStorable())) {
            return rejected(
                    event.table(),
                    "key-not-storable",
                    "The row's key holds U+0000 or half a surrogate pair, which PostgreSQL cannot"
                            + " store as text: name other key columns in daybook.ingest.keys.");
        }
        String text = notStorable(entry);
        if (text != null) {
            return rejected(
                    event.table(),
                    "name-not-storable",
                    "The change's "
                            + text
                            + " holds U+0000 or half a surrogate pair, which PostgreSQL cannot"
                            + " store as text: rename it in the source.");
        }
        return new Outcome.Entry(
                entry,
                keyless == null && key == null && !kept.keyColumns().isEmpty()
                        ? "key-not-sent"
                        : keyless);
    }

    /** Returns what of the entry's other texts PostgreSQL cannot store, or null. */
    private static @Nullable String notStorable(AuditEntry entry) {
        if (!JsonText.isStorable(entry.table().schema())
                || !JsonText.isStorable(entry.table().name())) {
            return "table name";
        }
        String position = entry.position();
        if (position != null && !JsonText.isStorable(position)) {
            return "position";
        }
        for (String column : entry.unknownColumns()) {
            if (!JsonText.isStorable(column)) {
                return "column name";
            }
        }
        return null;
    }

    /** Returns a row of contexts without what is to be kept out. */
    RowImage context(Decoded.Context context) {
        return redaction.apply(context.at().table(), context.data());
    }

    static Outcome.Rejected rejected(@Nullable TableName table, String code, String reason) {
        return new Outcome.Rejected(new Decoded.Malformed(code, reason, table));
    }
}
