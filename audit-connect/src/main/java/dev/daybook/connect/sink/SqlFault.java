package dev.daybook.connect.sink;

import java.sql.SQLException;

/** Tells apart why the audit database did not do what it was asked. */
final class SqlFault {

    /** What {@code audit.require_offsets} raises. */
    private static final String OVERTAKEN = "DAY01";

    private static final String UNIQUE_VIOLATION = "23505";

    private SqlFault() {}

    /** Returns whether another task has moved the offsets. */
    static boolean isOvertaken(SQLException e) {
        return OVERTAKEN.equals(e.getSQLState());
    }

    /** Returns whether an id is there already. */
    static boolean isRepetition(SQLException e) {
        return UNIQUE_VIOLATION.equals(e.getSQLState());
    }

    /** Returns whether the database rejected the data, rather than failed. */
    static boolean isRejection(SQLException e) {
        String state = e.getSQLState();
        return state != null
                && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
    }

    /**
     * Returns whether a person has to do something: a wrong password, no such database, table or
     * privilege.
     */
    static boolean isSetup(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("28") || state.startsWith("3D") || state.startsWith("42");
    }
}
