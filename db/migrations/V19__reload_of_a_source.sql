-- A gap of a whole source ends once every table of it has been read again.

SET LOCAL ROLE daybook_owner;

CREATE FUNCTION audit.ends_rows(word text, control json) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT word IN ('drop-table', 'release-table') OR word = 'rename-table' AND control ->> 'to' IS NOT NULL
$$;

COMMENT ON FUNCTION audit.ends_rows(text, json) IS
    'Whether a table-change of that word says that the table has no rows of ours any more under its name.';

-- A load of an empty table has no rows. Where the capture says that a load begins, that counts: DMS writes create-table
-- right before the rows, and ours claims nothing beyond its capture-table before the loads have ended.
CREATE FUNCTION audit.read_again(of_source text, of_table text, since timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
AS $$
    SELECT least(
        (SELECT min(committed_at) FROM audit.entry
        WHERE table_name = of_table AND source = of_source AND operation = 'snapshot' AND committed_at >= since),
        (SELECT min(change.committed_at)
        FROM (SELECT committed_at, operation, audit.readable(after) ->> 'change' AS word,
                audit.readable(after) -> 'control' AS control
            FROM audit.entry
            WHERE table_name = of_table AND source = of_source AND operation IN ('truncate', 'table-change')
                AND committed_at >= since) AS change
        WHERE change.operation = 'truncate' OR change.word = 'create-table'
            OR audit.ends_rows(change.word, change.control)
            OR change.word = 'capture-table' AND change.committed_at < (SELECT complete_until FROM audit.completeness
                WHERE completeness.source = of_source)))
$$;

COMMENT ON FUNCTION audit.read_again(text, text, timestamptz) IS
    'When a table was read again from a time on, or its rows came to an end; null: not yet.';

-- Steps from table to table along an index, and stops at the first that was not read again. Where several sources have
-- a table of one name, a source is looked for among 100 entries on either side.
CREATE FUNCTION audit.source_read_again(of_source text, since timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    name   text;
    latest timestamptz;
    fresh  timestamptz;
    at     timestamptz;
    last   record;
    first  record;
BEGIN
    SELECT min(table_name) INTO name FROM audit.entry;
    WHILE name IS NOT NULL LOOP
        SELECT newest.operation, audit.readable(newest.after) AS after INTO last
            FROM (SELECT * FROM audit.entry WHERE table_name = name AND committed_at <= since
                ORDER BY committed_at DESC, id DESC LIMIT 100) AS newest
            WHERE newest.source = of_source ORDER BY newest.committed_at DESC, newest.id DESC LIMIT 1;
        IF FOUND THEN
            -- What was gone before then has nothing to be read.
            at := CASE WHEN last.operation = 'table-change'
                AND audit.ends_rows(last.after ->> 'change', last.after -> 'control') THEN '-infinity'
                ELSE audit.read_again(of_source, name, since) END;
        ELSIF EXISTS (SELECT FROM audit.entry WHERE table_name = name AND source = of_source
                AND operation IN ('truncate', 'table-change') AND committed_at <= since)
            OR EXISTS (SELECT FROM (SELECT * FROM audit.entry WHERE table_name = name AND committed_at <= since
                ORDER BY committed_at, id LIMIT 100) AS oldest WHERE oldest.source = of_source)
        THEN
            at := audit.read_again(of_source, name, since);
        ELSE
            -- A table that appears with a change may have had others before; one that is made or read then has not.
            SELECT next.committed_at INTO first
                FROM (SELECT * FROM audit.entry WHERE table_name = name AND committed_at > since
                    ORDER BY committed_at, id LIMIT 100) AS next
                WHERE next.source = of_source ORDER BY next.committed_at, next.id LIMIT 1;
            at := '-infinity';
            IF FOUND THEN
                at := audit.read_again(of_source, name, since);
                IF at = first.committed_at THEN
                    fresh := least(fresh, at);
                    at := '-infinity';
                END IF;
            END IF;
        END IF;
        IF at IS NULL THEN
            RETURN NULL;
        END IF;
        latest := greatest(latest, at);
        SELECT min(table_name) INTO name FROM audit.entry WHERE table_name > name;
    END LOOP;
    -- Where nothing was known before, the first table that is read ends it.
    RETURN coalesce(nullif(latest, '-infinity'), fresh);
END
$$;

COMMENT ON FUNCTION audit.source_read_again(text, timestamptz) IS
    'When the last of a source''s tables was read again from a time on; null: not all of them yet.';

CREATE OR REPLACE VIEW audit.gap_and_reload AS
SELECT gap.*, CASE
    WHEN gap.to_time IS NULL OR gap.source IS NULL THEN NULL
    WHEN gap.table_name IS NULL THEN audit.source_read_again(gap.source, gap.to_time)
    ELSE audit.read_again(gap.source, gap.table_name, gap.to_time) END AS reloaded_at
FROM audit.known_gap AS gap;

COMMENT ON VIEW audit.gap_and_reload IS
    'The gaps, each with the moment at which its table, or each table of its source, had been read again behind it.';

CREATE OR REPLACE VIEW audit.incident AS
WITH report AS (
    SELECT source, table_name, code, count(*) AS reports, min(rejected_at) AS first_at, max(rejected_at) AS last_at,
        (array_agg(reason ORDER BY rejected_at DESC, id DESC))[1] AS reason
    FROM (SELECT * FROM audit.rejected ORDER BY rejected_at DESC, id DESC LIMIT 100000) AS latest
    WHERE code IN ('dms-apply-exception', 'dms-full-load-exception', 'dms-table-suspended', 'dms-validation-failure',
        'dms-task-stopped')
    GROUP BY source, table_name, code
)
SELECT report.*, CASE
    WHEN report.source IS NULL THEN NULL
    WHEN report.table_name IS NULL THEN audit.source_read_again(report.source, report.last_at)
    ELSE (SELECT min(entry.committed_at) FROM audit.entry
        WHERE entry.table_name = report.table_name AND entry.source = report.source AND entry.operation = 'snapshot'
            AND entry.committed_at >= report.last_at) END AS reloaded_at
FROM report;

REVOKE ALL ON FUNCTION audit.ends_rows(text, json), audit.read_again(text, text, timestamptz),
    audit.source_read_again(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.ends_rows(text, json), audit.read_again(text, text, timestamptz),
    audit.source_read_again(text, timestamptz) TO daybook_reader;

RESET ROLE;
