package dev.daybook.api.query;

import dev.daybook.contract.Scope;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.ConfinedTrail;
import dev.daybook.domain.history.TableScope;
import dev.daybook.domain.history.Timeline;

import org.springframework.stereotype.Component;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Gives each caller the log as that caller may see it. */
@Component
class Logs {

    private static final int MOST_TABLES = 10_000;
    private static final int MOST_SCOPES = 1_000;
    private static final long SOURCES_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final AuditTrail trail;
    private final KnownNames known;
    private final Log whole;
    private final Map<TableScope, Sources> sources = new ConcurrentHashMap<>();

    Logs(AuditTrail trail, Timeline timeline, KnownNames known) {
        this.trail = trail;
        this.known = known;
        this.whole = new Log(trail, timeline, known, new NameCheck(known));
    }

    /**
     * The sources of the tables of a scope.
     *
     * @param nanos when they were looked for
     */
    private record Sources(Set<String> names, long nanos) {}

    /** The log, and the names in it. */
    record Log(AuditTrail trail, Timeline timeline, KnownNames known, NameCheck names) {}

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

    /** Returns the sources of the tables of a scope, as they were some seconds ago at most. */
    private Set<String> sources(TableScope scope) {
        Sources found = sources.get(scope);
        long now = System.nanoTime();
        if (found == null || now - found.nanos() > SOURCES_NANOS) {
            List<TableName> seen =
                    known.tables(MOST_TABLES).stream().filter(scope::covers).toList();
            found = new Sources(ConfinedTrail.sources(trail, seen), now);
            if (sources.size() >= MOST_SCOPES) {
                sources.clear();
            }
            sources.put(scope, found);
        }
        return found.names();
    }

    /** Returns the tables that a caller sees. */
    List<TableName> tables(Caller caller) {
        return of(caller).known().tables(MOST_TABLES);
    }
}
