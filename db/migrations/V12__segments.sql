-- What seals the log: where each row came from, the seed of its salts, and what each transaction of a sink stored.

SET LOCAL ROLE daybook_owner;

-- Null in rows that were stored before this, or by a sink that does not seal.
ALTER TABLE audit.entry ADD COLUMN place bigint, ADD COLUMN seed bytea;
ALTER TABLE audit.transaction ADD COLUMN place bigint, ADD COLUMN seed bytea;
ALTER TABLE audit.rejected ADD COLUMN place bigint, ADD COLUMN seed bytea;

COMMENT ON COLUMN audit.entry.place IS 'The number of the stream times 2^44, plus the offset of the record.';
COMMENT ON COLUMN audit.entry.seed IS 'What the salts of the row''s commitments follow from.';

CREATE TABLE audit.stream (
    number       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition    integer NOT NULL,
    generation   integer NOT NULL,
    first_offset bigint  NOT NULL,
    began_at     timestamptz NOT NULL DEFAULT now(),
    sink         text COLLATE "C" NOT NULL,
    topic        text COLLATE "C" NOT NULL,
    UNIQUE (sink, topic, partition, generation)
);

COMMENT ON TABLE audit.stream IS
    'Stretches of partitions whose offsets follow each other: after a gap, or offsets that were set back, another begins. Append-only.';

CREATE TABLE audit.segment (
    stream       integer NOT NULL,
    part         integer NOT NULL,
    first_offset bigint  NOT NULL,
    next_offset  bigint  NOT NULL,
    -- As docs/evidence/format.md has it; the sealer is told the same bytes before the transaction commits.
    content      bytea   NOT NULL,
    -- Serves: the end of a stream; comparison with what was sealed.
    PRIMARY KEY (stream, first_offset, part)
);

COMMENT ON TABLE audit.segment IS 'What each transaction of a sink stored of one partition and month. Append-only.';

DO $$
BEGIN
    PERFORM audit.make_append_only('audit.stream'::regclass);
    PERFORM audit.make_append_only('audit.segment'::regclass);
END
$$;

CREATE FUNCTION audit.begin_stream(of_sink text, of_topic text, of_partition integer, from_offset bigint)
    RETURNS audit.stream
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO audit.stream (sink, topic, partition, first_offset, generation)
    SELECT of_sink, of_topic, of_partition, from_offset, coalesce(max(known.generation) + 1, 0)
    FROM audit.stream AS known
    WHERE known.sink = of_sink AND known.topic = of_topic AND known.partition = of_partition
    RETURNING *
$$;

REVOKE ALL ON FUNCTION audit.begin_stream(text, text, integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.begin_stream(text, text, integer, bigint) TO daybook_writer;
GRANT INSERT ON audit.segment TO daybook_writer;
GRANT SELECT ON audit.stream, audit.segment TO daybook_writer, daybook_reader;
-- With RETURNING the writer learns which of its rows were new.
GRANT SELECT (place) ON audit.entry, audit.transaction, audit.rejected TO daybook_writer;

RESET ROLE;
