-- One identity with two contents, and stretches of the log that are missing.

SET LOCAL ROLE daybook_owner;

-- The writer cannot read the log. After an insert that met ids which were there already, it asks which
-- of the entries that it holds are others than those stored: their places in the arrays, from 1. Compared
-- is what the change record says. Key, number, unknown columns and actor are not, because they follow
-- from what is known of the table at the time and from settings, and may differ in a repetition.
CREATE FUNCTION audit.differing_entries(ids uuid[], committed_ats timestamptz[], sources text[], table_names text[],
    operations text[], transaction_ids bigint[], positions text[], befores bytea[], afters bytea[])
    RETURNS SETOF bigint
    LANGUAGE sql
    STABLE
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT given.place
    FROM unnest(ids, committed_ats, sources, table_names, operations, transaction_ids, positions, befores, afters)
        WITH ORDINALITY AS given (id, committed_at, source, table_name, operation, transaction_id, stream_position,
            before, after, place)
    JOIN audit.entry AS stored ON stored.committed_at = given.committed_at AND stored.id = given.id
    WHERE stored.source <> given.source
        OR stored.table_name <> given.table_name
        OR stored.operation <> given.operation
        OR stored.transaction_id IS DISTINCT FROM given.transaction_id
        OR stored.position IS DISTINCT FROM given.stream_position
        OR stored.before::text IS DISTINCT FROM convert_from(given.before, 'UTF8')
        OR stored.after::text IS DISTINCT FROM convert_from(given.after, 'UTF8')
    ORDER BY given.place
$$;

CREATE TABLE audit.gap (
    id          uuid        NOT NULL,
    found_at    timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    from_time   timestamptz,
    to_time     timestamptz,
    from_offset bigint,
    to_offset   bigint,
    partition   integer,
    source      text COLLATE "C",
    stage       text COLLATE "C" NOT NULL,
    cause       text COLLATE "C" NOT NULL,
    reason      text COLLATE "C" NOT NULL,
    topic       text COLLATE "C",
    CONSTRAINT gap_stage CHECK (stage IN ('source', 'ingest', 'sink')),
    -- Serves: a gap is recorded once for each source that it concerns, or once for all.
    UNIQUE NULLS NOT DISTINCT (id, source)
);

COMMENT ON TABLE audit.gap IS 'Stretches in which changes may be missing, with bounds and cause. Append-only.';
COMMENT ON COLUMN audit.gap.source IS 'The source whose changes may be missing; null: any.';
COMMENT ON COLUMN audit.gap.from_time IS 'Changes committed up to then are not missing; null: not known.';
COMMENT ON COLUMN audit.gap.to_time IS 'Changes committed after then are not missing; null: the gap is open.';
COMMENT ON COLUMN audit.gap.to_offset IS 'The first offset behind the gap; null: not known.';

DO $$
BEGIN
    PERFORM audit.make_append_only('audit.gap'::regclass);
END
$$;

REVOKE ALL ON FUNCTION audit.differing_entries(uuid[], timestamptz[], text[], text[], text[], bigint[], text[],
    bytea[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.differing_entries(uuid[], timestamptz[], text[], text[], text[], bigint[], text[],
    bytea[], bytea[]) TO daybook_writer;
GRANT INSERT ON audit.gap TO daybook_writer;
GRANT SELECT ON audit.gap TO daybook_reader;

RESET ROLE;
