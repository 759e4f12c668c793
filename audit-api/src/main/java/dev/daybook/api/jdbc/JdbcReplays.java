package dev.daybook.api.jdbc;

import dev.daybook.api.query.Replays;
import dev.daybook.contract.ReplayOutcome;
import dev.daybook.contract.Stage;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** Keeps requests in the audit database, by a function: the API's role may add to them alone. */
@Component
class JdbcReplays implements Replays {

    private final JdbcClient jdbc;

    JdbcReplays(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public @Nullable RejectedRecord rejected(UUID id) {
        return jdbc.sql("select * from audit.rejected where id = :id")
                .param("id", id)
                .query(JdbcAuditTrail::rejectedRecord)
                .optional()
                .orElse(null);
    }

    @Override
    public List<UUID> due(RejectedQuery query, int limit) {
        Conditions where = JdbcAuditTrail.rejectedBy(query, null);
        where.add("stage = :ingest", "ingest", Stage.INGEST.word());
        where.add("record_offset is not null");
        where.add(
                """
                not exists (select from audit.replay p
                    left join audit.replay_outcome o on o.replay_id = p.id
                    where p.rejected_id = r.id
                        and (o.replay_id is null or o.outcome = :replayed))
                """,
                "replayed",
                ReplayOutcome.REPLAYED.word());
        where.parameter("limit", limit);
        return jdbc.sql(
                        """
                        select id from audit.rejected r %s order by rejected_at, id limit :limit
                        """
                                .formatted(where.clause()))
                .params(where.parameters())
                .query(UUID.class)
                .list();
    }

    @Override
    public List<Replay> of(List<UUID> rejectedIds) {
        return jdbc.sql(
                        """
                        select p.*, o.recorded_at, o.outcome, o.became, o.entry_id, o.code, o.reason
                        from audit.replay p left join audit.replay_outcome o on o.replay_id = p.id
                        where p.rejected_id = any (:rejected::text[]::uuid[])
                        order by p.requested_at desc, p.id
                        """)
                .param("rejected", Conditions.texts(rejectedIds, UUID::toString))
                .query((row, number) -> replay(row, result(row)))
                .list();
    }

    @Override
    public List<Replay> request(List<UUID> rejectedIds, String by) {
        return jdbc.sql(
                        """
                        select * from audit.request_replays(:ids::text[]::uuid[],
                            :rejected::text[]::uuid[], :by)
                        """)
                .param("ids", Conditions.texts(rejectedIds, id -> UUID.randomUUID().toString()))
                .param("rejected", Conditions.texts(rejectedIds, UUID::toString))
                .param("by", by)
                .query((row, number) -> replay(row, null))
                .list();
    }

    private static Replay replay(ResultSet row, @Nullable Result result) throws SQLException {
        return new Replay(
                row.getObject("id", UUID.class),
                row.getObject("rejected_id", UUID.class),
                EntryRows.instant(row, "requested_at"),
                row.getString("requested_by"),
                result);
    }

    private static @Nullable Result result(ResultSet row) throws SQLException {
        OffsetDateTime at = row.getObject("recorded_at", OffsetDateTime.class);
        return at == null
                ? null
                : new Result(
                        at.toInstant(),
                        ReplayOutcome.ofWord(row.getString("outcome")).orElseThrow(),
                        row.getString("became"),
                        row.getObject("entry_id", UUID.class),
                        row.getString("code"),
                        row.getString("reason"));
    }
}
