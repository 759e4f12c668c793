package dev.daybook.local.evidence;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Draws places at random, none of them twice. */
final class Draw {

    private final Random random;
    private final Set<String> drawn = new HashSet<>();

    Draw(long seed) {
        this.random = new Random(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Draws one row of a query whose column is named {@code it}. */
    String oneOf(Statement sql, String query) throws SQLException {
        int rows =
                Integer.parseInt(Tamper.one(sql, "SELECT count(*) FROM (" + query + ") AS rows"));
        while (true) {
            String it =
                    Tamper.one(
                            sql,
                            "SELECT it FROM ("
                                    + query
                                    + ") AS rows ORDER BY it OFFSET "
                                    + below(rows)
                                    + " LIMIT 1");
            if (drawn.add(it)) {
                return it;
            }
        }
    }

    /** Has a row never drawn. */
    void leaveOut(String it) {
        drawn.add(it);
    }
}
