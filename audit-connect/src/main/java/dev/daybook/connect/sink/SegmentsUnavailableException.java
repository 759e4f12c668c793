package dev.daybook.connect.sink;

import java.sql.SQLTransientException;

/**
 * Says that the topic of segments did not acknowledge. The transaction is rolled back and retried
 * as if the database had failed: nothing may be stored that the sealer was not told.
 */
final class SegmentsUnavailableException extends SQLTransientException {

    private static final long serialVersionUID = 1;

    SegmentsUnavailableException(Throwable cause) {
        super("The topic of segments did not acknowledge: " + cause.getMessage(), cause);
    }
}
