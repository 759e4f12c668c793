package dev.daybook.api.jdbc;

import dev.daybook.domain.history.EntryQuery;

/** The index by which a search finds entries, and by which it is bounded. */
enum SearchPath {
    /** One actor's contexts and entries. */
    ACTOR,
    /** The entries of one login role's contexts. */
    LOGIN_ROLE,
    /** One row's entries. */
    KEY,
    /** The entries of each of several tables. */
    TABLES,
    /** All entries, or those of one table. */
    TIME;

    /** Returns whether entries are found from the contexts of their transactions. */
    boolean isOfContexts() {
        return this == ACTOR || this == LOGIN_ROLE;
    }

    static SearchPath of(EntryQuery query) {
        if (query.transactionId() != null) {
            return TIME;
        }
        if (query.byTable()) {
            return TABLES;
        }
        if (query.actors().single() != null) {
            return ACTOR;
        }
        if (query.loginRoles().single() != null) {
            return LOGIN_ROLE;
        }
        if (query.keys().single() != null && query.tables().single() != null) {
            return KEY;
        }
        return query.tables().only().size() > 1 ? TABLES : TIME;
    }
}
