-- Who may read what of the log through the API, and who has read what.

SET LOCAL ROLE daybook_owner;

-- Keys of before may do what they could.
ALTER TABLE audit.api_key
    ADD COLUMN scopes text[] COLLATE "C" NOT NULL DEFAULT '{read,export,rejected,administer}',
    ADD COLUMN tables text[] COLLATE "C" NOT NULL DEFAULT '{*}',
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN created_by text COLLATE "C",
    ADD CONSTRAINT api_key_scopes CHECK (scopes <@ '{read,export,rejected,administer}' AND cardinality(scopes) > 0),
    ADD CONSTRAINT api_key_tables CHECK (cardinality(tables) > 0);

COMMENT ON COLUMN audit.api_key.tables IS 'Patterns of schema.table; * stands for any run of characters.';
COMMENT ON COLUMN audit.api_key.created_by IS 'The caller of the API who made it; null: it was made in the database.';
COMMENT ON COLUMN audit.api_key.last_used_at IS 'To about a minute.';

CREATE TABLE audit.read (
    id         uuid        NOT NULL,
    read_at    timestamptz NOT NULL,
    credential text COLLATE "C" NOT NULL,
    caller     text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    question   text COLLATE "C" NOT NULL,
    items      bigint      NOT NULL,
    -- Serves: the list, newest first, by keyset; that a batch that is written again is there once.
    PRIMARY KEY (read_at, id)
);

-- Serves: the reads of one caller, newest first.
CREATE INDEX read_caller ON audit.read (left(caller, 200), read_at, id);

COMMENT ON TABLE audit.read IS 'Who asked what of the log through the API, and how much was answered. Append-only.';

DO $$
BEGIN
    PERFORM audit.make_append_only('audit.read'::regclass);
END
$$;

-- The API's role reads the log; what it may write goes through these.

CREATE FUNCTION audit.record_reads(ids uuid[], read_ats timestamptz[], credentials text[], callers text[], kinds text[],
    questions text[], items bigint[]) RETURNS void
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO audit.read (id, read_at, credential, caller, kind, question, items)
    SELECT * FROM unnest(ids, read_ats, credentials, callers, kinds, questions, items)
    ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION audit.mark_api_key_used(key_sha256 bytea) RETURNS void
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE audit.api_key SET last_used_at = now()
    WHERE api_key.key_sha256 = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
$$;

-- For administrators, whom the API knows.
CREATE FUNCTION audit.create_api_key(id uuid, name text, key_sha256 bytea, scopes text[], tables text[],
    expires_at timestamptz, created_by text) RETURNS void
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO audit.api_key (id, name, key_sha256, scopes, tables, expires_at, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
$$;

CREATE FUNCTION audit.revoke_api_key(id uuid) RETURNS boolean
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH revoked AS (
        UPDATE audit.api_key SET revoked_at = now() WHERE api_key.id = $1 AND revoked_at IS NULL RETURNING api_key.id)
    SELECT EXISTS (SELECT FROM revoked)
$$;

-- Removes records of reads from before the cutoff, and records that it did; returns how many.
CREATE FUNCTION audit.drop_reads_before(cutoff timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    IF cutoff IS NULL OR cutoff > now() THEN
        RAISE EXCEPTION 'Removing what is older than % is refused: the cutoff must lie in the past.', cutoff
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    ALTER TABLE audit.read DISABLE TRIGGER append_only;
    DELETE FROM audit.read WHERE read_at < cutoff;
    GET DIAGNOSTICS removed = ROW_COUNT;
    ALTER TABLE audit.read ENABLE ALWAYS TRIGGER append_only;
    IF removed > 0 THEN
        INSERT INTO audit.retention (cutoff, table_name, range_to, row_count) VALUES (cutoff, 'read', cutoff, removed);
    END IF;
    RETURN removed;
END
$$;

REVOKE ALL ON FUNCTION audit.record_reads(uuid[], timestamptz[], text[], text[], text[], text[], bigint[]),
    audit.mark_api_key_used(bytea), audit.create_api_key(uuid, text, bytea, text[], text[], timestamptz, text),
    audit.revoke_api_key(uuid), audit.drop_reads_before(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.record_reads(uuid[], timestamptz[], text[], text[], text[], text[], bigint[]),
    audit.mark_api_key_used(bytea), audit.create_api_key(uuid, text, bytea, text[], text[], timestamptz, text),
    audit.revoke_api_key(uuid) TO daybook_reader;
GRANT SELECT ON audit.read TO daybook_reader;

RESET ROLE;
