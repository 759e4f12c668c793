package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.ActorSeen;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.SearchPage;
import dev.daybook.domain.history.Timeline;
import dev.daybook.domain.history.Volume;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

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
        Question question = Filters.question(new Question("entries"), query);
        Cursor place = Cursor.read(cursor, question);
        Page<RecordedView> page =
                admission.admit(Kind.SEARCH, () -> search(query, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private Page<RecordedView> search(
            EntryQuery query, Question question, @Nullable Cursor place, int limit) {
        Instant completeUntil = trail.completeUntil(query.sources().single());
        SearchPage page =
                timeline.search(respelled(query), place == null ? null : place.keyset(), limit);
        if (page.entries().isEmpty() && place == null) {
            check(query);
        }
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil);
    }

    /** Returns a search as the log spells it, after refusing names that the log has never seen. */
    EntryQuery checked(EntryQuery query) {
        check(query);
        return respelled(query);
    }

    /** Refuses names that the log has never seen, for a question that found nothing. */
    private void check(EntryQuery query) {
        TableName one = query.tables().single();
        query.tables().only().forEach(table -> names.check(null, table, null));
        query.sources().only().forEach(source -> names.check(source, null, null));
        query.fields().only().forEach(field -> names.check(null, one, field));
    }

    /** Returns the query with the keys as the log spells them. */
    private EntryQuery respelled(EntryQuery query) {
        TableName table = query.tables().single();
        return table == null || query.keys().isAny()
                ? query
                : query.but()
                        .keys(
                                new Choice<>(
                                        respelled(table, query.keys().only()),
                                        respelled(table, query.keys().without())))
                        .build();
    }

    private Set<EntityKey> respelled(TableName table, Set<EntityKey> keys) {
        return keys.stream()
                .map(
                        key -> {
                            EntityKey other = EntityKey.respelled(key.text());
                            return other == null || !trail.sourcesOf(table, key).isEmpty()
                                    ? key
                                    : other;
                        })
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * How many entries a search finds.
     *
     * @param completeUntil see {@link Page#completeUntil}
     */
    public record Counted(EntryCounts counts, @Nullable Instant completeUntil) {}

    /** Counts what a search finds, by the values of facets. */
    public Counted counts(Caller caller, EntryQuery query, Set<Facet> facets) {
        if (facets.contains(Facet.KEY) && query.tables().single() == null) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The facet \"key\" names rows only together with one \"table\": add it.");
        }
        Counted counted =
                admission.admit(
                        Kind.SEARCH,
                        () -> {
                            Instant until = trail.completeUntil(query.sources().single());
                            EntryCounts counts = timeline.count(respelled(query), facets);
                            if (counts.entries() == 0) {
                                check(query);
                            }
                            return new Counted(counts, until);
                        });
        reads.read(
                caller,
                Filters.question(new Question("counts"), query),
                (int) counted.counts().entries());
        return counted;
    }

    /** How many spans are counted at most. */
    public static final int MOST_SPANS = 200;

    /**
     * Counts what a search finds by spans of time of one length, the oldest first.
     *
     * @param step the length of a span, at least a second
     * @see Timeline#volume
     */
    public List<Volume> volume(
            Caller caller, EntryQuery query, Instant from, Instant to, Duration step) {
        if (step.toSeconds() < 1 || Duration.between(from, to).dividedBy(step) >= MOST_SPANS) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "From %s to %s there are more than %d spans of %s: ask for a longer step or a shorter time."
                            .formatted(WireTime.text(from), WireTime.text(to), MOST_SPANS, step));
        }
        List<Volume> volumes =
                admission.admit(
                        Kind.SEARCH, () -> timeline.volume(respelled(query), from, to, step));
        reads.read(
                caller,
                Filters.question(new Question("volume"), query)
                        .with("from", from)
                        .with("to", to)
                        .with("step", step.toString()),
                volumes.size());
        return volumes;
    }

    /** Returns actors in order of their names, from a name on. */
    public List<ActorSeen> actors(Caller caller, @Nullable String from, int limit) {
        List<ActorSeen> found = admission.admit(Kind.SEARCH, () -> trail.actors(from, limit));
        reads.read(caller, new Question("actors").with("from", from), found.size());
        return found;
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
