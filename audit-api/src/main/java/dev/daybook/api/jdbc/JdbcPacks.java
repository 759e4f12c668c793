package dev.daybook.api.jdbc;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.query.Packs;
import dev.daybook.bucket.LogBucket;
import dev.daybook.pack.CachedLog;
import dev.daybook.pack.LogFiles;
import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;
import dev.daybook.pack.SealedReach;
import dev.daybook.service.InvalidSettingException;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.stereotype.Component;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

import javax.sql.DataSource;

/** Makes packs of the audit database and of a log in a directory or a bucket. */
@Component
class JdbcPacks implements Packs {

    private final DataSource database;
    private final CancellableTemplate template;
    private final LogFiles log;

    JdbcPacks(DataSource database, CancellableTemplate template, ApiSettings settings) {
        this.database = database;
        this.template = template;
        this.log = new CachedLog(files(settings.evidence()));
    }

    private static LogFiles files(@Nullable String place) {
        if (place == null) {
            return path -> null;
        }
        if (!LogBucket.isNamedBy(place)) {
            return LogFiles.in(Path.of(place));
        }
        try {
            return LogBucket.at(place)::content;
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(
                    "daybook.api.evidence", "cannot be used: " + e.getMessage(), "correct it.");
        }
    }

    @Override
    public @Nullable SealedReach reach() throws IOException, PackProblem {
        return SealedReach.read(log);
    }

    @Override
    public PackMaker.Made make(PackRequest request, OutputStream out)
            throws IOException, PackProblem {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try {
                return PackMaker.make(connection, log, List.of(), request, out);
            } finally {
                connection.rollback();
            }
        } catch (SQLException e) {
            DataAccessException known =
                    template.getExceptionTranslator().translate("making a pack", null, e);
            throw known == null ? new UncategorizedSQLException("making a pack", null, e) : known;
        }
    }
}
