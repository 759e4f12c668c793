package dev.daybook.api.query;

import dev.daybook.contract.Scope;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.ConfinedTrail;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.GapQuery;
import dev.daybook.domain.history.TableScope;
import dev.daybook.domain.history.Timeline;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** Gives each caller the log as that caller may see it. */
@Component
class Logs {

    private static final int MOST_TABLES = 10_000;
    private static final int MOST_SCOPES = 1_000;
    private static final long SOURCES_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final AuditTrail trail;
    private final KnownNames known;
    private final Log whole;
    private final Map<TableScope, Found> sources = new ConcurrentHashMap<>();

    Logs(AuditTrail trail, Timeline timeline, KnownNames known) {
        this.trail = trail;
        this.known = known;
        this.whole = new Log(trail, timeline, known, new NameCheck(known));
    }

    /**
     * The sources of the tables of a scope.
     *
     * @param nanos when they were looked for
     * @param again whether somebody looks for them again
     */
    private record Found(Set<String> names, long nanos, AtomicBoolean again) {}

    /** The log, and the names in it. */
    record Log(AuditTrail trail, Timeline timeline, KnownNames known, NameCheck names) {

        /**
         * Returns the gaps that an answer reaches over, the open ones first.
         *
         * @param after the beginning of what the answer is about, or null
         * @param until its end, or null
         */
        List<Gap> gaps(
                Choice<String> sources,
                Choice<TableName> tables,
                @Nullable Instant after,
                @Nullable Instant until) {
            return trail.gaps(GapQuery.of(sources, tables, after, until), Page.MOST_GAPS);
        }

        /**
         * Returns the gaps of a table that were open at an instant and still are, of a source, or,
         * for null, of each.
         */
        List<Gap> openGaps(@Nullable String source, TableName table, @Nullable Instant at) {
            return trail.gaps(
                    GapQuery.of(Choice.of(source), Choice.of(table), null, at).onlyOpen(),
                    source == null ? Coverage.LISTED : Page.MOST_GAPS);
        }
    }

    Log of(Caller caller) {
        caller.require(Scope.READ);
        if (caller.tables().isAll()) {
            return whole;
        }
        ConfinedTrail confined =
                new ConfinedTrail(
                        trail,
                        caller.tables(),
                        () -> known.tables(MOST_TABLES),
                        () -> sources(caller.tables()));
        KnownNames names = new ConfinedNames(known, caller, confined);
        return new Log(confined, new Timeline(confined), names, new NameCheck(names));
    }

    /**
     * Returns the sources of the tables of a scope, as they were some seconds ago. Whoever finds
     * them old looks for them again, while the others go on.
     */
    Set<String> sources(TableScope scope) {
        if (sources.size() >= MOST_SCOPES && !sources.containsKey(scope)) {
            sources.clear();
        }
        Found found = sources.computeIfAbsent(scope, key -> find(key, Set.of()));
        if (System.nanoTime() - found.nanos() > SOURCES_NANOS
                && found.again().compareAndSet(false, true)) {
            try {
                found = find(scope, found.names());
                sources.put(scope, found);
            } catch (RuntimeException e) {
                // What was found before counts until the log answers again.
                found.again().set(false);
            }
        }
        return found.names();
    }

    /** A source stays one: a table's newest entry may be another source's now. */
    private Found find(TableScope scope, Set<String> before) {
        Set<TableName> covered =
                known.tables(MOST_TABLES).stream()
                        .filter(scope::covers)
                        .collect(Collectors.toSet());
        Set<String> names = new TreeSet<>(before);
        names.addAll(trail.sourcesOf(covered));
        return new Found(
                Collections.unmodifiableSet(names), System.nanoTime(), new AtomicBoolean());
    }

    /** Returns the tables that a caller sees. */
    List<TableName> tables(Caller caller) {
        return of(caller).known().tables(MOST_TABLES);
    }
}
