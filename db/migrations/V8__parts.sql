-- How the parts of the pipeline are, and which of them makes a source's completeness stand still.

SET LOCAL ROLE daybook_owner;

CREATE TABLE audit.part (
    stage         text COLLATE "C" NOT NULL,
    instance      text COLLATE "C" NOT NULL,
    failing_since timestamptz,
    reason        text COLLATE "C",
    reported_at   timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT part_stage CHECK (stage IN ('source', 'ingest', 'sink')),
    CONSTRAINT part_reason CHECK ((failing_since IS NULL) = (reason IS NULL)),
    PRIMARY KEY (stage, instance)
);

COMMENT ON TABLE audit.part IS 'What each instance of a part reported last of itself, every few seconds.';
COMMENT ON COLUMN audit.part.reason IS 'Why it does not work; null: it works.';

ALTER TABLE audit.watermark ADD COLUMN step interval;

COMMENT ON COLUMN audit.watermark.step IS 'By how much the last watermark moved complete_until.';

-- A pair of partitions stands still when three of its heartbeats should have come, and 15 seconds have passed. The
-- first part, from the log up, that does not report or reports a failure is the one that keeps it.
CREATE VIEW audit.standstill AS
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
    SELECT 'source', 5, 'No heartbeat of it has come since: its database cannot be reached, or its connector has'
        || ' stopped or failed.'
    WHERE stopped.wholly
    UNION ALL
    SELECT 'ingest', 6, 'Watermarks of these partitions of the change topic do not come, of others they do: '
        || stopped.partitions || '.'
    ORDER BY place
    LIMIT 1) AS culprit;

COMMENT ON VIEW audit.standstill IS
    'Per source whose complete_until stands still: since when, which part keeps it, and why.';

-- The gaps, each with the moment at which its table was first read again behind it.
CREATE VIEW audit.gap_and_reload AS
SELECT gap.*, (SELECT min(entry.committed_at) FROM audit.entry
    WHERE entry.table_name = gap.table_name AND entry.source = gap.source AND entry.operation = 'snapshot'
        AND entry.committed_at >= gap.to_time) AS reloaded_at
FROM audit.known_gap AS gap;

-- Among the latest 100,000 rejected records those in which the capture itself reports that something is missing.
CREATE VIEW audit.incident AS
WITH report AS (
    SELECT source, table_name, code, count(*) AS reports, min(rejected_at) AS first_at, max(rejected_at) AS last_at,
        (array_agg(reason ORDER BY rejected_at DESC, id DESC))[1] AS reason
    FROM (SELECT * FROM audit.rejected ORDER BY rejected_at DESC, id DESC LIMIT 100000) AS latest
    WHERE code IN ('dms-apply-exception', 'dms-full-load-exception', 'dms-table-suspended', 'dms-validation-failure',
        'dms-task-stopped')
    GROUP BY source, table_name, code
)
SELECT report.*, (SELECT min(entry.committed_at) FROM audit.entry
    WHERE entry.table_name = report.table_name AND entry.source = report.source AND entry.operation = 'snapshot'
        AND entry.committed_at >= report.last_at) AS reloaded_at
FROM report;

-- Tables of whose rows some of the latest 10,000 entries have no key. What may be the key: the columns that every old
-- row of them has, if these are not all columns.
CREATE VIEW audit.keyless_table AS
WITH keyless AS MATERIALIZED (
    SELECT source, table_name, operation IN ('update', 'delete') AS changed, before, after
    FROM (SELECT * FROM audit.entry ORDER BY committed_at DESC, id DESC LIMIT 10000) AS latest
    WHERE entity_key IS NULL AND operation IN ('snapshot', 'insert', 'update', 'delete')
), found AS (
    SELECT source, table_name, count(*) AS entries, count(*) FILTER (WHERE changed) AS changes,
        count(*) FILTER (WHERE changed AND before IS NOT NULL) AS old_rows
    FROM keyless
    GROUP BY source, table_name
)
SELECT source, table_name, entries, changes, CASE WHEN cardinality(shared.names) < known.columns THEN shared.names
    ELSE '{}' END AS key_columns
FROM found
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT name FROM keyless CROSS JOIN json_object_keys(keyless.before) AS name
        WHERE keyless.source = found.source AND keyless.table_name = found.table_name AND changed
        GROUP BY name HAVING count(*) = found.old_rows ORDER BY name COLLATE "C") AS names) AS shared
CROSS JOIN LATERAL (
    SELECT count(DISTINCT name) AS columns FROM keyless CROSS JOIN json_object_keys(keyless.after) AS name
    WHERE keyless.source = found.source AND keyless.table_name = found.table_name) AS known;

GRANT SELECT ON audit.gap_and_reload, audit.incident, audit.keyless_table TO daybook_reader;
GRANT SELECT, INSERT, UPDATE ON audit.part TO daybook_writer;
GRANT SELECT ON audit.part, audit.standstill TO daybook_reader;

RESET ROLE;
