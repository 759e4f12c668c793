package dev.daybook.api.jdbc;

import dev.daybook.api.query.OpenRequest;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

import java.sql.SQLException;
import java.sql.Statement;

import javax.sql.DataSource;

/** Runs statements that end when the caller of their request goes away. */
@Component
class CancellableTemplate extends JdbcTemplate {

    private static final Logger LOG = LoggerFactory.getLogger(CancellableTemplate.class);

    CancellableTemplate(DataSource database) {
        super(database);
    }

    @Override
    protected void applyStatementSettings(Statement statement) throws SQLException {
        super.applyStatementSettings(statement);
        OpenRequest.executes(() -> cancel(statement));
    }

    private static void cancel(Statement statement) {
        try {
            // A statement that does not run is left alone.
            statement.cancel();
        } catch (SQLException e) {
            LOG.debug("A statement that nobody waits for could not be cancelled", e);
        }
    }
}
