package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Holds what the examinations of one source database share.
 *
 * @param statement of the connection, for one query at a time
 * @param findings what was found so far; examinations add to it
 */
record SourceSession(
        Connection connection,
        Statement statement,
        SourceQuestion question,
        List<Finding> findings) {

    /** Returns whether there is a finding of a code. */
    boolean found(Code code) {
        return findings.stream().anyMatch(finding -> finding.code().equals(code.word()));
    }

    /** Returns whether there is a finding of a code about an object. */
    boolean found(Code code, String object) {
        return findings.stream()
                .anyMatch(
                        finding ->
                                finding.code().equals(code.word())
                                        && finding.object().equals(object));
    }

    /** Returns the first column of a query's first row; null if there is no row. */
    @Nullable String text(String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : null;
        }
    }
}
