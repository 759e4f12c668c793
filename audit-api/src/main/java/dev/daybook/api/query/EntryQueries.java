package dev.daybook.api.query;

import dev.daybook.api.query.Admission.Kind;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.SearchPage;
import dev.daybook.domain.history.Timeline;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Asks for entries across rows. */
@Component
public class EntryQueries {

    private final AuditTrail trail;
    private final Timeline timeline;
    private final ReadLog reads;
    private final NameCheck names;
    private final Admission admission;

    EntryQueries(
            AuditTrail trail,
            Timeline timeline,
            ReadLog reads,
            NameCheck names,
            Admission admission) {
        this.trail = trail;
        this.timeline = timeline;
        this.reads = reads;
        this.names = names;
        this.admission = admission;
    }

    /** Returns a page of what a search finds, newest commit first. */
    public Page<RecordedView> search(
            Caller caller, EntryQuery query, @Nullable String cursor, int limit) {
        Question question =
                new Question("entries")
                        .with("source", query.source())
                        .with("table", Words.of(query.table()))
                        .with("key", Words.of(query.key()))
                        .with("actor", query.actor())
                        .with("unattributed", query.unattributed())
                        .with("field", query.field())
                        .with("operation", Words.of(query.operation()))
                        .with("transaction", Words.of(query.transactionId()))
                        .with("from", query.from())
                        .with("to", query.to());
        Cursor place = Cursor.read(cursor, question);
        Page<RecordedView> page =
                admission.admit(Kind.SEARCH, () -> search(query, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private Page<RecordedView> search(
            EntryQuery query, Question question, @Nullable Cursor place, int limit) {
        Instant completeUntil = trail.completeUntil(query.source());
        SearchPage page =
                timeline.search(respelled(query), place == null ? null : place.keyset(), limit);
        if (page.entries().isEmpty() && place == null) {
            names.check(query.source(), query.table(), query.field());
        }
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil);
    }

    /** Returns the query with the key as the log spells it. */
    private EntryQuery respelled(EntryQuery query) {
        EntityKey key = query.key();
        EntityKey respelled = key == null ? null : EntityKey.respelled(key.text());
        return key == null
                        || respelled == null
                        || query.table() == null
                        || !trail.sourcesOf(query.table(), key).isEmpty()
                ? query
                : query.withKey(respelled);
    }

    /** Returns the entry of an id, or null if there is none. */
    public @Nullable RecordedView entry(Caller caller, UUID id) {
        RecordedView found = admission.admit(Kind.ROW, () -> entry(id));
        reads.read(caller, new Question("entry").with("id", id.toString()), found == null ? 0 : 1);
        return found;
    }

    private @Nullable RecordedView entry(UUID id) {
        RecordedEntry entry = trail.entry(id);
        return entry == null ? null : timeline.complete(List.of(entry)).getFirst();
    }
}
