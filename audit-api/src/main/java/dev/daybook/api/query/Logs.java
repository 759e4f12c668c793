package dev.daybook.api.query;

import dev.daybook.contract.Scope;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.ConfinedTrail;
import dev.daybook.domain.history.Timeline;

import org.springframework.stereotype.Component;

import java.util.List;

/** Gives each caller the log as that caller may see it. */
@Component
class Logs {

    private static final int MOST_TABLES = 10_000;

    private final AuditTrail trail;
    private final KnownNames known;
    private final Log whole;

    Logs(AuditTrail trail, Timeline timeline, KnownNames known) {
        this.trail = trail;
        this.known = known;
        this.whole = new Log(trail, timeline, known, new NameCheck(known));
    }

    /** The log, and the names in it. */
    record Log(AuditTrail trail, Timeline timeline, KnownNames known, NameCheck names) {}

    Log of(Caller caller) {
        caller.require(Scope.READ);
        if (caller.tables().isAll()) {
            return whole;
        }
        ConfinedTrail confined =
                new ConfinedTrail(trail, caller.tables(), () -> known.tables(MOST_TABLES));
        KnownNames names = new ConfinedNames(known, caller, confined);
        return new Log(confined, new Timeline(confined), names, new NameCheck(names));
    }

    /** Returns the tables that a caller sees. */
    List<TableName> tables(Caller caller) {
        return of(caller).known().tables(MOST_TABLES);
    }
}
