package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Which entries to find; what is {@link Choice#any()} or null does not matter.
 *
 * @param sources of these sources
 * @param tables of these tables
 * @param keys of rows with these keys, now or before the entry
 * @param actors made by these actors, as {@link Attribution} says
 * @param loginRoles made under these login roles
 * @param attributed whether somebody is known to have made them
 * @param fields that may have set, changed or removed one of these columns: what is found is to be
 *     completed from earlier entries to be sure, as {@link Timeline#search} does; snapshots are no
 *     changes and are left out. An update that changed nothing but the columns without is left out
 * @param operations of these operations
 * @param transactionId of transactions with this number
 * @param reasons of transactions for which the application gave these reasons
 * @param requests of these requests of the application
 * @param from committed at this instant or later
 * @param to committed before this instant
 * @param byTable whether entries are found by their tables alone, so that nothing of another table
 *     is read on the way
 */
public record EntryQuery(
        Choice<String> sources,
        Choice<TableName> tables,
        Choice<EntityKey> keys,
        Choice<String> actors,
        Choice<String> loginRoles,
        Attributed attributed,
        Choice<String> fields,
        Choice<Operation> operations,
        @Nullable Long transactionId,
        Choice<String> reasons,
        Choice<String> requests,
        @Nullable Instant from,
        @Nullable Instant to,
        boolean byTable) {

    /** Whether somebody is known to have made an entry. */
    public enum Attributed {
        EITHER,
        /** Nobody is known to have made the change; a snapshot is no change. */
        NO,
        /** Somebody is, or it is a snapshot. */
        YES
    }

    /** Everything. */
    public static final EntryQuery ALL = new Builder().build();

    /** Returns a builder that begins with what this asks for. */
    public Builder but() {
        Builder builder = new Builder();
        builder.sources = sources;
        builder.tables = tables;
        builder.keys = keys;
        builder.actors = actors;
        builder.loginRoles = loginRoles;
        builder.attributed = attributed;
        builder.fields = fields;
        builder.operations = operations;
        builder.transactionId = transactionId;
        builder.reasons = reasons;
        builder.requests = requests;
        builder.from = from;
        builder.to = to;
        builder.byTable = byTable;
        return builder;
    }

    /**
     * Returns whether entries must be read that turn out not to be asked for. A transaction's
     * entries are all of one commit time or a few, and are read whole.
     */
    public boolean selective() {
        return transactionId == null
                && !(sources.isAny()
                        && tables.without().isEmpty()
                        && (keys.isAny() || keys.single() != null && tables.single() != null)
                        && actors.isAny()
                        && loginRoles.isAny()
                        && attributed == Attributed.EITHER
                        && fields.isAny()
                        && operations.isAny()
                        && reasons.isAny()
                        && requests.isAny());
    }

    /**
     * Returns whether an entry, completed from its row's earlier ones, is one that is asked for.
     */
    public boolean matches(RecordedView candidate) {
        return mayMatch(candidate.recorded()) && touches(candidate);
    }

    /** Returns whether an entry is one that is asked for, but for the columns that it changed. */
    boolean mayMatch(RecordedEntry recorded) {
        AuditEntry e = recorded.entry();
        Attribution by = recorded.attribution();
        return sources.matches(e.source())
                && tables.matches(e.table())
                && ofKeys(e)
                && actors.matches(by.actor())
                && switch (attributed) {
                    case EITHER -> true;
                    case NO -> recorded.unattributed();
                    case YES -> !recorded.unattributed();
                }
                && operations.matches(e.operation())
                && loginRoles.matches(by.loginRole())
                && reasons.matches(by.reason())
                && requests.matches(by.requestId())
                && (transactionId == null || transactionId.equals(e.transactionId()))
                && (from == null || !e.committedAt().isBefore(from))
                && (to == null || e.committedAt().isBefore(to))
                && (fields.only().isEmpty()
                        || e.operation() != Operation.SNAPSHOT
                                && e.operation() != Operation.TABLE_CHANGE);
    }

    private boolean ofKeys(AuditEntry entry) {
        EntityKey now = entry.entityKey();
        EntityKey before = entry.oldEntityKey();
        boolean among =
                keys.only().isEmpty()
                        || now != null && keys.only().contains(now)
                        || before != null && keys.only().contains(before);
        return among && (now == null || !keys.without().contains(now));
    }

    /**
     * Returns whether an entry, completed from its row's earlier ones, did what the fields ask for.
     */
    boolean touches(RecordedView candidate) {
        EntryView view = candidate.view();
        if (!fields.only().isEmpty() && fields.only().stream().noneMatch(view::touches)) {
            return false;
        }
        AuditEntry entry = candidate.recorded().entry();
        return fields.without().isEmpty()
                || entry.operation() != Operation.UPDATE
                || view.changes().isEmpty()
                || !view.changes().stream()
                        .allMatch(change -> fields.without().contains(change.field()));
    }

    /** Collects what is asked for. */
    public static final class Builder {

        private Choice<String> sources = Choice.any();
        private Choice<TableName> tables = Choice.any();
        private Choice<EntityKey> keys = Choice.any();
        private Choice<String> actors = Choice.any();
        private Choice<String> loginRoles = Choice.any();
        private Attributed attributed = Attributed.EITHER;
        private Choice<String> fields = Choice.any();
        private Choice<Operation> operations = Choice.any();
        private @Nullable Long transactionId;
        private Choice<String> reasons = Choice.any();
        private Choice<String> requests = Choice.any();
        private @Nullable Instant from;
        private @Nullable Instant to;
        private boolean byTable;

        public Builder sources(Choice<String> choice) {
            this.sources = choice;
            return this;
        }

        public Builder tables(Choice<TableName> choice) {
            this.tables = choice;
            return this;
        }

        public Builder keys(Choice<EntityKey> choice) {
            this.keys = choice;
            return this;
        }

        public Builder actors(Choice<String> choice) {
            this.actors = choice;
            return this;
        }

        public Builder loginRoles(Choice<String> choice) {
            this.loginRoles = choice;
            return this;
        }

        public Builder attributed(Attributed which) {
            this.attributed = which;
            return this;
        }

        public Builder fields(Choice<String> choice) {
            this.fields = choice;
            return this;
        }

        public Builder operations(Choice<Operation> choice) {
            this.operations = choice;
            return this;
        }

        public Builder transaction(@Nullable Long id) {
            this.transactionId = id;
            return this;
        }

        public Builder reasons(Choice<String> choice) {
            this.reasons = choice;
            return this;
        }

        public Builder requests(Choice<String> choice) {
            this.requests = choice;
            return this;
        }

        public Builder from(@Nullable Instant instant) {
            this.from = instant;
            return this;
        }

        public Builder to(@Nullable Instant instant) {
            this.to = instant;
            return this;
        }

        public Builder byTable(boolean alone) {
            this.byTable = alone;
            return this;
        }

        public EntryQuery build() {
            return new EntryQuery(
                    sources,
                    tables,
                    keys,
                    actors,
                    loginRoles,
                    attributed,
                    fields,
                    operations,
                    transactionId,
                    reasons,
                    requests,
                    from,
                    to,
                    byTable);
        }
    }
}
