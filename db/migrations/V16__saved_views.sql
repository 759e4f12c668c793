-- Searches that people keep in the viewer, and what each of them leaves out for good.

SET LOCAL ROLE daybook_owner;

CREATE TABLE audit.saved_view (
    id         uuid        PRIMARY KEY,
    credential text COLLATE "C" NOT NULL,
    owner      text COLLATE "C" NOT NULL,
    -- Empty: what the owner leaves out for good.
    name       text COLLATE "C" NOT NULL,
    query      text COLLATE "C" NOT NULL,
    shared     boolean     NOT NULL,
    saved_at   timestamptz NOT NULL DEFAULT now(),
    -- Serves: the views of one caller.
    UNIQUE (credential, owner, name)
);

COMMENT ON TABLE audit.saved_view IS 'Searches that people keep in the viewer. No evidence: they may be changed and removed.';

-- Serves: the views that are for all.
CREATE INDEX saved_view_shared ON audit.saved_view (name) WHERE shared;

CREATE FUNCTION audit.save_view(id uuid, credential text, owner text, name text, query text, shared boolean) RETURNS void
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO audit.saved_view (id, credential, owner, name, query, shared) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (credential, owner, name) DO UPDATE
        SET query = excluded.query, shared = excluded.shared, saved_at = now()
$$;

CREATE FUNCTION audit.remove_view(credential text, owner text, name text) RETURNS void
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM audit.saved_view v WHERE v.credential = $1 AND v.owner = $2 AND v.name = $3
$$;

REVOKE ALL ON FUNCTION audit.save_view(uuid, text, text, text, text, boolean), audit.remove_view(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.save_view(uuid, text, text, text, text, boolean), audit.remove_view(text, text, text)
    TO daybook_reader;
GRANT SELECT ON audit.saved_view TO daybook_reader;

RESET ROLE;
