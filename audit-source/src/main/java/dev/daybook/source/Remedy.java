package dev.daybook.source;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;

/**
 * Tells failures that pass from those that somebody must see to, and says what to do about these.
 */
public final class Remedy {

    private Remedy() {}

    /**
     * Returns what must be done about a failure before another attempt can succeed, in one line;
     * null if it may pass by itself (a restart, a broken connection, a slot that is in use for a
     * moment longer).
     */
    public static @Nullable String of(SQLException failure) {
        String state = failure.getSQLState();
        String said = oneLine(failure);
        if (state == null) {
            return null;
        }
        switch (state) {
            case "28P01", "28000" -> {
                if (said.contains("pg_hba.conf")) {
                    return said + " Let the role in, in the server's pg_hba.conf.";
                }
                return said
                        + " Set database.user and database.password to a role that may log in; "
                        + "\"source prepare\" creates "
                        + SourcePreparation.ROLE
                        + ".";
            }
            case "3D000" -> {
                return said + " Name an existing database in database.url.";
            }
            case "42501" -> {
                if (said.contains("row-level security")) {
                    return said
                            + " Rows that the role may not see cannot be loaded: ALTER ROLE "
                            + SourcePreparation.ROLE
                            + " BYPASSRLS.";
                }
                return said
                        + " Run \"source prepare\" as the tables' owner or a superuser, and see"
                        + " that "
                        + SourcePreparation.ROLE
                        + " has REPLICATION.";
            }
            case "3F000", "42P01", "42883" -> {
                if (said.contains("daybook")) {
                    return said + " The database is not prepared: run \"source prepare\" on it.";
                }
                return null;
            }
            case "42704" -> {
                if (said.contains("publication")) {
                    return said
                            + " The publication was dropped: run \"source prepare\". The slot is then"
                            + " made again and the tables are read anew.";
                }
                return null;
            }
            case "53400" -> {
                return said + " Raise max_replication_slots, or drop slots that nobody uses.";
            }
            case "55000" -> {
                if (said.contains("wal_level")) {
                    return said
                            + " Set wal_level = logical (on RDS and Aurora: rds.logical_replication"
                            + " = 1) and restart the database.";
                }
                return said;
            }
            default -> {
                if (said.contains("invalid memory alloc request size")
                        || said.contains("enlarge string buffer")) {
                    return said
                            + " PostgreSQL cannot send a change whose text is over 1 GB (a bytea's"
                            + " doubles). To go on without it, and load the tables anew, run SELECT"
                            + " daybook.forget_slot('<slot>') on the source and start again.";
                }
                if (said.contains("could not map filenumber")) {
                    return said
                            + " PostgreSQL cannot decode a change of a table that was altered while"
                            + " the slot was made. To go on, and load the tables anew, run SELECT"
                            + " daybook.forget_slot('<slot>') on the source and start again.";
                }
                return null;
            }
        }
    }

    /**
     * Returns the server's message without its location, or the driver's; always one line, ending
     * in a full stop.
     */
    public static String oneLine(SQLException failure) {
        String message = failure.getMessage();
        String line =
                message == null
                        ? failure.getClass().getSimpleName()
                        : message.lines().findFirst().orElse("");
        if (line.startsWith("FATAL: ") || line.startsWith("ERROR: ")) {
            line = line.substring(7);
        }
        return line.endsWith(".") ? line : line + ".";
    }
}
