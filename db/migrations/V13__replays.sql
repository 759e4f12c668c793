-- Rejected records, and back: what a replay needs of them, who asked for one, and what became of it.

SET LOCAL ROLE daybook_owner;

ALTER TABLE audit.rejected
    ADD COLUMN record_headers json,
    ADD COLUMN record_time timestamptz;

COMMENT ON COLUMN audit.rejected.record_headers IS
    'The record''s headers, where key, value and headers are kept whole; null: something of it was left out.';
COMMENT ON COLUMN audit.rejected.record_time IS 'The record''s own time in its topic.';

CREATE TABLE audit.replay (
    id           uuid        PRIMARY KEY,
    rejected_id  uuid        NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    requested_by text COLLATE "C" NOT NULL
);

COMMENT ON TABLE audit.replay IS 'Who asked when to replay a rejected record. Append-only.';

-- Serves: the replays of a rejected record.
CREATE INDEX replay_rejected ON audit.replay (rejected_id);

CREATE TABLE audit.replay_outcome (
    replay_id   uuid        PRIMARY KEY,
    rejected_id uuid        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_id    uuid,
    outcome     text COLLATE "C" NOT NULL,
    became      text COLLATE "C",
    code        text COLLATE "C",
    reason      text COLLATE "C",
    CONSTRAINT replay_outcome_word CHECK (outcome IN ('replayed', 'rejected', 'unavailable'))
);

COMMENT ON TABLE audit.replay_outcome IS 'What became of a rejected record that was replayed. Append-only.';

-- Serves: whether a rejected record has been replayed.
CREATE INDEX replay_outcome_rejected ON audit.replay_outcome (rejected_id);

-- What the ingest has to do: it asks again for what has no outcome, so nothing is lost with a process.
CREATE VIEW audit.open_replay AS
SELECT replay.id AS replay_id, replay.rejected_id, replay.requested_at, rejected.topic, rejected.partition,
    rejected.record_offset, rejected.record_key, rejected.record_value, rejected.record_headers, rejected.record_time
FROM audit.replay
LEFT JOIN audit.rejected ON rejected.id = replay.rejected_id
WHERE NOT EXISTS (SELECT FROM audit.replay_outcome WHERE replay_outcome.replay_id = replay.id);

COMMENT ON VIEW audit.open_replay IS 'The replays that have been asked for and have no outcome.';

-- The API's role reads the log; it asks for replays through this. Asked for are rejected records of a change topic.
CREATE FUNCTION audit.request_replays(ids uuid[], rejected_ids uuid[], requested_by text) RETURNS SETOF audit.replay
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO audit.replay (id, rejected_id, requested_by)
    SELECT asked.id, asked.rejected_id, $3
    FROM unnest($1, $2) AS asked (id, rejected_id)
    JOIN audit.rejected ON rejected.id = asked.rejected_id
    WHERE rejected.stage = 'ingest' AND rejected.topic IS NOT NULL AND rejected.partition IS NOT NULL
        AND rejected.record_offset IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING *
$$;

DO $$
BEGIN
    PERFORM audit.make_append_only(name)
    FROM unnest(ARRAY['audit.replay', 'audit.replay_outcome']::regclass[]) AS name;
END
$$;

REVOKE ALL ON FUNCTION audit.request_replays(uuid[], uuid[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.request_replays(uuid[], uuid[], text) TO daybook_reader;
GRANT SELECT ON audit.replay, audit.replay_outcome, audit.open_replay TO daybook_reader;
GRANT INSERT ON audit.replay_outcome TO daybook_writer;

RESET ROLE;
