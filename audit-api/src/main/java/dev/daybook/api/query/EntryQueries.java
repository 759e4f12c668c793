package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.Logs.Log;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.ActorSeen;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Gap;
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

    private final Logs logs;
    private final ReadLog reads;
    private final Admission admission;

    EntryQueries(Logs logs, ReadLog reads, Admission admission) {
        this.logs = logs;
        this.reads = reads;
        this.admission = admission;
    }

    /** Returns a page of what a search finds, newest commit first. */
    public Page<RecordedView> search(
            Caller caller, EntryQuery query, @Nullable String cursor, int limit) {
        Question question = Filters.question(new Question("entries"), query);
        Cursor place = Cursor.read(cursor, question);
        Log log = logs.of(caller);
        Page<RecordedView> page =
                admission.admit(Kind.SEARCH, () -> search(log, query, question, place, limit));
        reads.read(caller, question, page.items().size());
        return page;
    }

    private static Page<RecordedView> search(
            Log log, EntryQuery query, Question question, @Nullable Cursor place, int limit) {
        Instant completeUntil = log.trail().completeUntil(query.sources().single());
        List<Gap> gaps = log.gaps(query.sources(), query.tables(), query.from(), query.to());
        SearchPage page =
                log.timeline()
                        .search(
                                respelled(log, query),
                                place == null ? null : place.keyset(),
                                limit);
        if (page.entries().isEmpty() && place == null) {
            check(log, query);
        }
        return new Page<>(
                page.entries(),
                page.next() == null ? null : Cursor.of(page.next()).text(question),
                completeUntil,
                gaps);
    }

    /** Returns a search as the log spells it, after refusing names that the log has never seen. */
    EntryQuery checked(Caller caller, EntryQuery query) {
        Log log = logs.of(caller);
        check(log, query);
        return respelled(log, query);
    }

    /** Refuses names that the log has never seen, for a question that found nothing. */
    private static void check(Log log, EntryQuery query) {
        TableName one = query.tables().single();
        query.tables().only().forEach(table -> log.names().check(null, table, null));
        query.sources().only().forEach(source -> log.names().check(source, null, null));
        query.fields().only().forEach(field -> log.names().check(null, one, field));
    }

    /** Returns the query with the keys as the log spells them. */
    private static EntryQuery respelled(Log log, EntryQuery query) {
        TableName table = query.tables().single();
        return table == null || query.keys().isAny()
                ? query
                : query.but()
                        .keys(
                                new Choice<>(
                                        respelled(log, table, query.keys().only()),
                                        respelled(log, table, query.keys().without())))
                        .build();
    }

    private static Set<EntityKey> respelled(Log log, TableName table, Set<EntityKey> keys) {
        return keys.stream()
                .map(
                        key -> {
                            EntityKey other = EntityKey.respelled(key.text());
                            return other == null || !log.trail().sourcesOf(table, key).isEmpty()
                                    ? key
                                    : other;
                        })
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * How many entries a search finds.
     *
     * @param completeUntil see {@link Page#completeUntil}
     * @param gaps see {@link Page#gaps}
     */
    public record Counted(EntryCounts counts, @Nullable Instant completeUntil, List<Gap> gaps) {}

    /** Counts what a search finds, by the values of facets. */
    public Counted counts(Caller caller, EntryQuery query, Set<Facet> facets) {
        if (facets.contains(Facet.KEY) && query.tables().single() == null) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The facet \"key\" names rows only together with one \"table\": add it.");
        }
        Log log = logs.of(caller);
        Counted counted =
                admission.admit(
                        Kind.SEARCH,
                        () -> {
                            Instant until = log.trail().completeUntil(query.sources().single());
                            List<Gap> gaps =
                                    log.gaps(
                                            query.sources(),
                                            query.tables(),
                                            query.from(),
                                            query.to());
                            EntryCounts counts =
                                    log.timeline().count(respelled(log, query), facets);
                            if (counts.entries() == 0) {
                                check(log, query);
                            }
                            return new Counted(counts, until, gaps);
                        });
        reads.read(
                caller,
                Filters.question(new Question("counts"), query),
                counted.counts().entries());
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
        Log log = logs.of(caller);
        List<Volume> volumes =
                admission.admit(
                        Kind.SEARCH,
                        () -> log.timeline().volume(respelled(log, query), from, to, step));
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
        Log log = logs.of(caller);
        List<ActorSeen> found = admission.admit(Kind.SEARCH, () -> log.trail().actors(from, limit));
        reads.read(caller, new Question("actors").with("from", from), found.size());
        return found;
    }

    /** Returns the entry of an id, or null if there is none. */
    public @Nullable RecordedView entry(Caller caller, UUID id) {
        Log log = logs.of(caller);
        RecordedView found = admission.admit(Kind.ROW, () -> entry(log, id));
        reads.read(caller, new Question("entry").with("id", id.toString()), found == null ? 0 : 1);
        return found;
    }

    private static @Nullable RecordedView entry(Log log, UUID id) {
        RecordedEntry entry = log.trail().entry(id);
        return entry == null ? null : log.timeline().complete(List.of(entry)).getFirst();
    }
}
