package dev.daybook.api.query;

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

    EntryQueries(AuditTrail trail, Timeline timeline, ReadLog reads) {
        this.trail = trail;
        this.timeline = timeline;
        this.reads = reads;
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
        Instant completeUntil = trail.completeUntil(query.source());
        SearchPage page = timeline.search(query, place == null ? null : place.keyset(), limit);
        reads.read(caller, question, page.entries().size());
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil);
    }

    /** Returns the entry of an id, or null if there is none. */
    public @Nullable RecordedView entry(Caller caller, UUID id) {
        RecordedEntry entry = trail.entry(id);
        reads.read(caller, new Question("entry").with("id", id.toString()), entry == null ? 0 : 1);
        return entry == null ? null : timeline.complete(List.of(entry)).getFirst();
    }
}
