-- A source whose server's clock was set back is captured, and complete_until stands still: its entries show it, for they
-- have the source's own time beside theirs.

SET LOCAL ROLE daybook_owner;

CREATE OR REPLACE VIEW audit.standstill AS
WITH pair AS (
    SELECT source, changes_partition, recorded_at, now() - recorded_at > greatest(interval '15 seconds',
            least(coalesce(3 * step, interval '0'), interval '1 hour')) AS still
    FROM audit.watermark
    WHERE changes_partition BETWEEN 0 AND changes_partitions - 1
        AND entries_partition BETWEEN 0 AND entries_partitions - 1
), stopped AS (
    SELECT source, min(recorded_at) FILTER (WHERE still) AS since, bool_and(still) AS wholly,
        string_agg(DISTINCT changes_partition::text, ', ') FILTER (WHERE still) AS partitions
    FROM pair
    GROUP BY source
    HAVING bool_or(still)
), fresh AS (
    SELECT stage, failing_since, reason
    FROM audit.part
    WHERE reported_at > now() - interval '15 seconds'
), last AS (
    SELECT stage, max(reported_at) AS reported_at
    FROM audit.part
    GROUP BY stage
), silent AS (
    SELECT asked.stage, asked.place, last.reported_at AS since,
        CASE WHEN last.reported_at IS NULL THEN 'It has never reported'
            ELSE 'It has not reported since ' || to_char(last.reported_at AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"') END || asked.guess AS reason
    FROM (VALUES ('sink', 1, ': its connector has stopped or failed, or cannot reach the audit database.'),
        ('ingest', 3, ': it has stopped, or cannot reach its brokers.')) AS asked (stage, place, guess)
    LEFT JOIN last ON last.stage = asked.stage
    WHERE asked.stage NOT IN (SELECT stage FROM fresh)
), failing AS (
    SELECT stage, CASE stage WHEN 'sink' THEN 2 ELSE 4 END AS place, min(failing_since) AS since,
        (array_agg(reason ORDER BY failing_since, reason))[1] AS reason
    FROM fresh
    WHERE reason IS NOT NULL
    GROUP BY stage
)
SELECT stopped.source, stopped.since, culprit.stage, culprit.reason
FROM stopped
CROSS JOIN LATERAL (
    SELECT stage, place, reason FROM silent
    UNION ALL
    SELECT stage, place, reason FROM failing
    UNION ALL
    SELECT 'source', 5, 'Its server''s clock was set back, by '
        || round(extract(epoch FROM latest.committed_at - latest.source_committed_at)) || ' s or more. Its changes are'
        || ' recorded, in their order; complete_until goes on once the clock has come to where it was.'
    FROM (SELECT recent.committed_at, recent.source_committed_at
        FROM (SELECT * FROM audit.entry ORDER BY committed_at DESC, id DESC LIMIT 1000) AS recent
        WHERE recent.source = stopped.source AND recent.recorded_at > stopped.since
        ORDER BY recent.committed_at DESC, recent.id DESC LIMIT 1) AS latest
    WHERE stopped.wholly AND latest.source_committed_at < latest.committed_at - interval '1 second'
    UNION ALL
    SELECT 'source', 6, 'No heartbeat of it has said more since: its database cannot be reached, its connector has'
        || ' stopped or failed, or its server''s clock was set back.'
    WHERE stopped.wholly
    UNION ALL
    SELECT 'ingest', 7, 'Watermarks of these partitions of the change topic do not come, of others they do: '
        || stopped.partitions || '.'
    ORDER BY place
    LIMIT 1) AS culprit;

RESET ROLE;
