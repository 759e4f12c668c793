-- The audit log: what changed, who did it, what could not be recorded, and how far the log reaches.
--
-- Run by a superuser, by the database's owner with CREATEROLE (Aurora's master user), or by
-- daybook_owner itself where an administrator has made the three roles beforehand. Whoever runs it,
-- everything belongs to daybook_owner in the end. Nothing here needs more than PostgreSQL 15.
--
-- Roles are objects of the whole cluster, so another database's log may have made them already.
-- They get no passwords here: without one nobody can log in as them by password.

DO $roles$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES ('daybook_owner', 'NOLOGIN'), ('daybook_writer', 'LOGIN'), ('daybook_reader', 'LOGIN'))
            AS role (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.login);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database's migration was a moment faster
            END;
        END IF;
    END LOOP;

    -- Someone who is not a superuser must be a member of a role before giving anything to it.
    IF current_user <> 'daybook_owner'
        AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    THEN
        BEGIN
            EXECUTE format('GRANT daybook_owner TO %I', current_user);
        EXCEPTION
            WHEN insufficient_privilege THEN
                NULL; -- a member already, by someone else's grant; if not, SET ROLE below says so
        END;
    END IF;
END
$roles$;

DO $schema$
BEGIN
    -- Flyway makes the schema itself where it is told to keep its history there.
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'audit') THEN
        IF (SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'audit')
            <> 'daybook_owner'
        THEN
            ALTER SCHEMA audit OWNER TO daybook_owner;
        END IF;
    ELSE
        CREATE SCHEMA audit AUTHORIZATION daybook_owner;
    END IF;
END
$schema$;

SET LOCAL ROLE daybook_owner;

COMMENT ON SCHEMA audit IS 'Daybook: the audit log.';

-- Every text that is compared has the collation C: bytes compare faster than words of a language, and
-- an index over them survives an upgrade of the operating system's locale data.

CREATE TABLE audit.entry (
    -- Fixed-width columns first, so that none of a row is padding.
    id              uuid        NOT NULL,
    committed_at    timestamptz NOT NULL,
    transaction_id  bigint,
    sequence        bigint      NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    source          text COLLATE "C" NOT NULL,
    table_name      text COLLATE "C" NOT NULL,
    operation       text COLLATE "C" NOT NULL,
    entity_key      text COLLATE "C",
    old_entity_key  text COLLATE "C",
    position        text COLLATE "C",
    actor           text COLLATE "C",
    unknown_columns text[] COLLATE "C",
    -- json and not jsonb: the text stays as it came, key order, digits and all, and costs less to write.
    before          json,
    after           json,
    CONSTRAINT entry_operation CHECK (operation IN ('snapshot', 'insert', 'update', 'delete', 'truncate')),
    -- Serves: a change that comes twice is stored once; one entry by its id (which holds its commit
    -- time); all entries of a commit time, and so of a known transaction; search and export in order of
    -- time, with any filter that enough entries pass. Its keys come in nearly ascending order, which
    -- is what makes a B-tree cheap to write.
    PRIMARY KEY (committed_at, id)
) PARTITION BY RANGE (committed_at);

COMMENT ON TABLE audit.entry IS 'One row per change of a row of a source table. Append-only.';

-- Serves: an entity's history and state, in order of time and by keyset (ties of one commit time are
-- sorted by sequence and id afterwards); all of a small table. A key may be longer than what a B-tree
-- can hold, hence its beginning. A query names both:
--   table_name = $1 AND left(entity_key, 200) = left($2, 200) AND entity_key = $2
CREATE INDEX entry_entity ON audit.entry (table_name, left(entity_key, 200), committed_at);

-- Serves: the history of an entity that once had another key. Only key changes are in it.
CREATE INDEX entry_old_entity ON audit.entry (table_name, left(old_entity_key, 200), committed_at)
    WHERE old_entity_key IS NOT NULL;

-- Serves: everything that the transaction of a number did. The source is not in it: two sources rarely
-- share a number, and the same number many times is stored once.
CREATE INDEX entry_transaction ON audit.entry (transaction_id) WHERE transaction_id IS NOT NULL;

-- Serves: the moments at which all rows of a table went, for the history and state of each.
CREATE INDEX entry_truncation ON audit.entry (table_name, committed_at) WHERE operation = 'truncate';

-- Serves: what somebody did, where a column of the row names the actor; empty where none does.
CREATE INDEX entry_actor ON audit.entry (left(actor, 200), committed_at) WHERE actor IS NOT NULL;

CREATE TABLE audit.transaction (
    transaction_id bigint      NOT NULL,
    committed_at   timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    source         text COLLATE "C" NOT NULL,
    actor          text COLLATE "C",
    reason         text COLLATE "C",
    request_id     text COLLATE "C",
    attributes     json,
    -- Serves: the first context of a transaction counts; who and why of an entry; a transaction by its
    -- number. Transaction numbers wrap, so the commit time belongs to the identity.
    PRIMARY KEY (source, transaction_id, committed_at)
) PARTITION BY RANGE (committed_at);

COMMENT ON TABLE audit.transaction IS 'Who and why, once per source transaction that said so. Append-only.';

-- Serves: what somebody did, in order of time.
CREATE INDEX transaction_actor ON audit.transaction (left(actor, 200), committed_at);

CREATE TABLE audit.rejected (
    id            uuid        PRIMARY KEY,
    rejected_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    record_offset bigint,
    partition     integer,
    source        text COLLATE "C",
    stage         text COLLATE "C" NOT NULL,
    code          text COLLATE "C" NOT NULL,
    reason        text COLLATE "C" NOT NULL,
    topic         text COLLATE "C",
    table_name    text COLLATE "C",
    record_key    bytea,
    record_value  bytea,
    CONSTRAINT rejected_stage CHECK (stage IN ('source', 'ingest', 'sink'))
);

COMMENT ON TABLE audit.rejected IS 'What could not be recorded, with its bytes and the reason. Append-only.';

-- Serves: the list, newest first, by keyset.
CREATE INDEX rejected_time ON audit.rejected (rejected_at, id);

CREATE TABLE audit.sink_offset (
    sink        text COLLATE "C" NOT NULL,
    topic       text COLLATE "C" NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (sink, topic, partition)
) WITH (fillfactor = 50); -- a row is updated with every batch: leave room to do so in place

COMMENT ON TABLE audit.sink_offset IS 'The offset each sink reads next, moved in the transaction that stores what came before it.';

CREATE TABLE audit.watermark (
    source             text COLLATE "C" NOT NULL,
    changes_partition  integer     NOT NULL,
    entries_partition  integer     NOT NULL,
    changes_partitions integer     NOT NULL,
    entries_partitions integer     NOT NULL,
    complete_until     timestamptz NOT NULL,
    position           text COLLATE "C",
    recorded_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, changes_partition, entries_partition)
) WITH (fillfactor = 50);

COMMENT ON TABLE audit.watermark IS
    'Per source and pair of partitions: every change committed up to then has been stored.';

CREATE TABLE audit.api_key (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    key_sha256 bytea       NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT api_key_sha256 CHECK (length(key_sha256) = 32)
);

COMMENT ON TABLE audit.api_key IS 'Keys of the REST interface, as hashes.';

CREATE TABLE audit.retention (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    dropped_by text        NOT NULL DEFAULT session_user,
    cutoff     timestamptz NOT NULL,
    table_name text        NOT NULL,
    range_from timestamptz,
    range_to   timestamptz NOT NULL,
    row_count  bigint      NOT NULL
);

COMMENT ON TABLE audit.retention IS 'What audit.drop_partitions_before() has removed, and for whom. Append-only.';

-- Append-only

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the audit log is append-only.', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'A correction is a new change in the source database. Old months are removed whole, by '
                     'daybook_owner: SELECT * FROM audit.drop_partitions_before(''2020-01-01'').';
END
$$;

-- Statement triggers are not handed down to partitions, so each one gets its own. ALWAYS: setting
-- session_replication_role does not switch them off.
CREATE FUNCTION audit.make_append_only(relation regclass) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', relation);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', relation);
END
$$;

DO $$
BEGIN
    PERFORM audit.make_append_only(name)
    FROM unnest(ARRAY['audit.entry', 'audit.transaction', 'audit.rejected', 'audit.retention']::regclass[]) AS name;
END
$$;

-- Partitions

-- Makes the partitions of all months from one moment to another that are not there yet, and says how
-- many it made. Safe under concurrent callers; readers and writers are not held up, because a table
-- is made first and then attached, which locks the parent against other such changes only.
CREATE FUNCTION audit.ensure_partitions(from_time timestamptz, to_time timestamptz) RETURNS integer
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET datestyle = 'ISO'
AS $$
DECLARE
    month      timestamptz;
    next_month timestamptz;
    parent     text;
    child      text;
    locked     boolean := false;
    made       integer := 0;
BEGIN
    IF from_time IS NULL OR to_time IS NULL OR NOT isfinite(from_time) OR NOT isfinite(to_time) THEN
        RAISE EXCEPTION 'Partitions from % to % cannot be made: both must be finite times.', from_time, to_time
            USING ERRCODE = 'datetime_field_overflow';
    END IF;
    IF to_time - from_time > interval '36525 days' THEN
        RAISE EXCEPTION 'Partitions from % to % are refused: more than a hundred years at once.', from_time, to_time
            USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for the months that are needed.';
    END IF;
    month := date_trunc('month', from_time);
    WHILE month <= to_time LOOP
        next_month := month + interval '1 month';
        FOREACH parent IN ARRAY ARRAY['entry', 'transaction'] LOOP
            child := parent || to_char(month, '_YYYY_MM') || CASE WHEN extract(year FROM month) < 0 THEN '_bc' ELSE '' END;
            CONTINUE WHEN to_regclass(format('audit.%I', child)) IS NOT NULL;
            IF NOT locked THEN
                PERFORM pg_advisory_xact_lock(hashtextextended('daybook audit.ensure_partitions', 0));
                locked := true;
            END IF;
            -- Read from the catalogue itself: what to_regclass said before the lock is cached, and waiting for
            -- an advisory lock does not refresh it.
            CONTINUE WHEN EXISTS (
                SELECT FROM pg_class WHERE relname = child AND relnamespace = 'audit'::regnamespace);
            EXECUTE format('CREATE TABLE audit.%I (LIKE audit.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
            PERFORM audit.make_append_only(format('audit.%I', child)::regclass);
            EXECUTE format('GRANT SELECT ON audit.%I TO daybook_reader', child);
            EXECUTE format('GRANT INSERT ON audit.%I TO daybook_writer', child);
            EXECUTE format('ALTER TABLE audit.%I ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
                parent, child, month, next_month);
            made := made + 1;
        END LOOP;
        month := next_month;
    END LOOP;
    RETURN made;
END
$$;

CREATE FUNCTION audit.ensure_partition(at timestamptz) RETURNS integer
    LANGUAGE sql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$ SELECT audit.ensure_partitions(at, at) $$;

-- Removes the months that end at or before the cutoff, and rejected records from before it, and
-- records that it did.
CREATE FUNCTION audit.drop_partitions_before(cutoff timestamptz)
    RETURNS TABLE (partition_name text, rows_removed bigint)
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET datestyle = 'ISO'
AS $$
DECLARE
    found record;
BEGIN
    IF cutoff IS NULL OR cutoff > now() THEN
        RAISE EXCEPTION 'Removing what is older than % is refused: the cutoff must lie in the past.', cutoff
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('daybook audit.ensure_partitions', 0));
    FOR found IN
        SELECT child.relname AS name, bound[1]::timestamptz AS range_from, bound[2]::timestamptz AS range_to
        FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid
        CROSS JOIN LATERAL regexp_match(
            pg_get_expr(child.relpartbound, child.oid), $re$FROM \('(.*)'\) TO \('(.*)'\)$re$) AS bound
        WHERE inhparent IN ('audit.entry'::regclass, 'audit.transaction'::regclass)
          AND bound[2]::timestamptz <= cutoff
        ORDER BY 2, 1
    LOOP
        -- Nobody adds to it while it is counted, but everyone reads; the drop itself waits for them. A
        -- stronger lock here would be taken before the parent's, the other way round than readers do.
        EXECUTE format('LOCK TABLE audit.%I IN SHARE MODE', found.name);
        EXECUTE format('SELECT count(*) FROM audit.%I', found.name) INTO rows_removed;
        EXECUTE format('DROP TABLE audit.%I', found.name);
        partition_name := found.name;
        INSERT INTO audit.retention (cutoff, table_name, range_from, range_to, row_count)
        VALUES (cutoff, found.name, found.range_from, found.range_to, rows_removed);
        RETURN NEXT;
    END LOOP;

    ALTER TABLE audit.rejected DISABLE TRIGGER append_only;
    DELETE FROM audit.rejected WHERE rejected_at < cutoff;
    GET DIAGNOSTICS rows_removed = ROW_COUNT;
    ALTER TABLE audit.rejected ENABLE ALWAYS TRIGGER append_only;
    IF rows_removed > 0 THEN
        partition_name := 'rejected';
        INSERT INTO audit.retention (cutoff, table_name, range_to, row_count)
        VALUES (cutoff, 'rejected', cutoff, rows_removed);
        RETURN NEXT;
    END IF;
END
$$;

-- The sink asks this at the end of each batch, within the batch's transaction. It stops a writer that
-- has been replaced without having noticed: its offsets are no longer the stored ones.
CREATE FUNCTION audit.require_offsets(moved bigint, wanted bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF moved <> wanted THEN
        RAISE EXCEPTION 'Of % offsets only % were as this sink left them: another task writes for this sink.', wanted, moved
            USING ERRCODE = 'DAY01';
    END IF;
END
$$;

-- The API may make the first key, and only the first.
CREATE FUNCTION audit.register_first_api_key(id uuid, name text, key_sha256 bytea) RETURNS boolean
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    LOCK TABLE audit.api_key IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM audit.api_key) THEN
        RETURN false;
    END IF;
    INSERT INTO audit.api_key (id, name, key_sha256) VALUES ($1, $2, $3);
    RETURN true;
END
$$;

-- Who may what

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO daybook_writer, daybook_reader;

GRANT INSERT ON audit.entry, audit.transaction, audit.rejected TO daybook_writer;
GRANT SELECT, INSERT, UPDATE ON audit.sink_offset, audit.watermark TO daybook_writer;
GRANT EXECUTE ON FUNCTION audit.ensure_partition(timestamptz), audit.ensure_partitions(timestamptz, timestamptz),
    audit.require_offsets(bigint, bigint) TO daybook_writer;

GRANT SELECT ON audit.entry, audit.transaction, audit.rejected, audit.sink_offset, audit.watermark, audit.api_key,
    audit.retention TO daybook_reader;
GRANT EXECUTE ON FUNCTION audit.register_first_api_key(uuid, text, bytea) TO daybook_reader;

-- The sink keeps making these ahead of time; the first few are made here.
DO $$
BEGIN
    PERFORM audit.ensure_partitions(now() - interval '1 month', now() + interval '3 months');
END
$$;

RESET ROLE;
