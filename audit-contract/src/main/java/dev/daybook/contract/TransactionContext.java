package dev.daybook.contract;

import java.util.List;

/** Where an application says who changes what and why: the table on the source, and its columns. */
public final class TransactionContext {

    /** The schema that Daybook has on a source database. */
    public static final String SCHEMA = "daybook";

    /** The table whose inserted rows are contexts. */
    public static final String TABLE = "transaction_context";

    /** The prefix of logical messages whose content is a context. */
    public static final String MESSAGE_PREFIX = "daybook";

    /** The columns of the table, which are members of a context record too. */
    public static final String ACTOR = "actor";

    public static final String REASON = "reason";
    public static final String REQUEST_ID = "request_id";
    public static final String ATTRIBUTES = "attributes";

    /** Who was logged in, as the database says it; the application does not choose it. */
    public static final String LOGIN_ROLE = "login_role";

    /** The columns in the table's order. */
    public static final List<String> COLUMNS =
            List.of(ACTOR, REASON, REQUEST_ID, ATTRIBUTES, LOGIN_ROLE);

    private TransactionContext() {}

    /** Returns whether a table is the table of contexts. */
    public static boolean is(String schema, String table) {
        return schema.equals(SCHEMA) && table.equals(TABLE);
    }
}
