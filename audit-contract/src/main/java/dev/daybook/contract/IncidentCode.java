package dev.daybook.contract;

import java.util.Locale;

/** The codes of rejected records in which the capture itself reports that something is missing. */
public enum IncidentCode {
    /** DMS could not apply a change. */
    DMS_APPLY_EXCEPTION,
    /** DMS could not load a row. */
    DMS_FULL_LOAD_EXCEPTION,
    /** DMS no longer sends the changes of a table. */
    DMS_TABLE_SUSPENDED,
    /** DMS found that a row differs from its source. */
    DMS_VALIDATION_FAILURE,
    /** DMS says of its task that it does not run. */
    DMS_TASK_STOPPED;

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the lower-case word used in topics, the database and REST. */
    public String word() {
        return word;
    }
}
