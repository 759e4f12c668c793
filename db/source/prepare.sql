-- What Daybook needs in a source database. PostgreSQL 15 and newer. May be run any number of times.
--
-- Run it as the role that owns the audited tables, or as a superuser (rds_superuser on Amazon RDS
-- and Aurora). All of it lives in the schema "daybook", apart from the role daybook_capture, two
-- publications and, where the role that runs this may create one, an event trigger. remove.sql takes
-- all of it away again.

CREATE SCHEMA IF NOT EXISTS daybook;
COMMENT ON SCHEMA daybook IS 'Daybook: the audit log''s part in the source database (db/source)';
GRANT USAGE ON SCHEMA daybook TO PUBLIC;

-- Who and why ----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS daybook.transaction_context (
    transaction_id bigint PRIMARY KEY DEFAULT (pg_current_xact_id()::text::bigint),
    actor          text NOT NULL,
    reason         text,
    request_id     text,
    attributes     jsonb,
    login_role     text DEFAULT session_user
);
DO $block$
BEGIN
    -- A source that an earlier version prepared. Only then: the lock is one that contexts wait for.
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'daybook.transaction_context'::regclass
                   AND a.attname = 'login_role') THEN
        -- Its event trigger takes the table for one of the application's.
        PERFORM set_config('daybook.following', coalesce((SELECT s.value FROM daybook.setting s WHERE s.name = 'following'), 'yes'), true),
            set_config('lock_timeout', '5s', true);
        ALTER TABLE daybook.transaction_context ADD COLUMN login_role text DEFAULT session_user;
        PERFORM set_config('daybook.following', '', true), set_config('lock_timeout', '0', true);
    END IF;
END
$block$;
COMMENT ON TABLE daybook.transaction_context IS
    'Always empty: daybook.set_context() inserts a row and deletes it; the insert travels in the WAL';
COMMENT ON COLUMN daybook.transaction_context.login_role IS
    'Who is logged in, beside the actor that the application names; set_context takes no other';

-- Which login roles may name which actors. While it is empty, each may name any.
CREATE TABLE IF NOT EXISTS daybook.actor_claim (
    role_name text PRIMARY KEY,
    actors    text NOT NULL
);
COMMENT ON TABLE daybook.actor_claim IS 'Set by daybook.allow_actors(); asked by daybook.set_context()';

-- Lets a role, and the members of it, name the actors of a list of patterns: * stands for any characters
-- and ? for one, patterns are separated by commas, and one that begins with ! excludes. From the first
-- call on, roles without such a permission name nobody; null takes a role's away.
CREATE OR REPLACE FUNCTION daybook.allow_actors(role_name text, actors text DEFAULT '*')
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AND actors IS NOT NULL THEN
        RAISE EXCEPTION 'daybook.allow_actors: there is no role "%"; name one of the roles that log in, or one that they '
            'are members of', $1 USING ERRCODE = 'undefined_object';
    END IF;
    DELETE FROM daybook.actor_claim c WHERE c.role_name = $1;
    INSERT INTO daybook.actor_claim (role_name, actors) SELECT $1, $2 WHERE $2 IS NOT NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.allow_actors(text, text) FROM PUBLIC;

-- Says who is doing the current transaction, and why. Called once per transaction, by anyone. What it
-- refuses: an actor that is blank, of more than 256 characters or with control characters; a request id
-- of more than 256 characters, a reason of more than 4,000, attributes that are no object or of more
-- than 16 kB, and an actor that daybook.allow_actors() leaves to other roles. Each entry of a transaction
-- shows all of it, and the login role.
CREATE OR REPLACE FUNCTION daybook.set_context(
    actor text, reason text DEFAULT NULL, request_id text DEFAULT NULL, attributes jsonb DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $function$
DECLARE
    place tid;
BEGIN
    -- A transaction that may not write changes nothing, and so has nothing to attribute.
    IF current_setting('transaction_read_only')::boolean THEN
        RETURN;
    END IF;
    IF actor IS NULL THEN
        RAISE EXCEPTION 'daybook.set_context: actor is null; name who does this transaction'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF actor !~ '[^[:space:]]' OR actor ~ '[[:cntrl:]]' OR length(actor) > 256 THEN
        RAISE EXCEPTION 'daybook.set_context: the actor has % characters; name who does this transaction in 1 to 256, '
            'not all of them blank and none a control character', length(actor)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF length(reason) > 4000 THEN
        RAISE EXCEPTION 'daybook.set_context: the reason has % characters, and may have 4000; shorten it', length(reason)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF length(request_id) > 256 THEN
        RAISE EXCEPTION 'daybook.set_context: the request id has % characters, and may have 256; shorten it',
            length(request_id)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF jsonb_typeof(attributes) <> 'object' OR octet_length(attributes::text) > 16384 THEN
        RAISE EXCEPTION 'daybook.set_context: the attributes are a JSON % of % bytes, and may be an object of 16384; '
            'give fewer', jsonb_typeof(attributes), octet_length(attributes::text)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM daybook.actor_claim) AND NOT EXISTS (
        SELECT FROM daybook.actor_claim k JOIN pg_roles r ON r.rolname = k.role_name
        WHERE pg_has_role(session_user, r.oid, 'MEMBER') AND daybook.matches(set_context.actor, k.actors))
    THEN
        RAISE EXCEPTION 'daybook.set_context: the login role "%" may not name the actor "%"; name one that it may, or have '
            'the database''s owner run daybook.allow_actors', session_user, actor
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO daybook.transaction_context AS c (actor, reason, request_id, attributes)
        VALUES ($1, $2, $3, $4) RETURNING c.ctid INTO place;
    -- Found by its place: a look at the index would be a read that SERIALIZABLE transactions conflict on, and so would
    -- one at the whole table, which the planner prefers once a VACUUM has left it a page.
    DELETE FROM daybook.transaction_context c WHERE c.ctid = place;
END
$function$;
GRANT EXECUTE ON FUNCTION daybook.set_context(text, text, text, jsonb) TO PUBLIC;

-- What is audited ------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS daybook.setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);
-- following: what marks a command as the capture's own, which the event triggers do not follow. Nobody else knows it.
INSERT INTO daybook.setting (name, value)
    VALUES ('tables', 'public.*'), ('full_identity', ''), ('following', gen_random_uuid()::text)
    ON CONFLICT (name) DO NOTHING;

-- The tables that are captured. load_ticket is a new number whenever a table's rows must be read (again):
-- the table was noticed only after rows were in it, or its rows were recorded before it had its key.
-- A connector remembers which ticket it has served.
CREATE SEQUENCE IF NOT EXISTS daybook.load_ticket;
CREATE TABLE IF NOT EXISTS daybook.captured_table (
    relid       oid PRIMARY KEY,
    table_name  text NOT NULL,
    publication text NOT NULL,
    key_columns int2[] NOT NULL,
    load_ticket bigint NOT NULL,
    -- The table's row in pg_publication_rel. Another one, none, or one with a filter or a column list says
    -- that somebody else altered the publication meanwhile; 0 once that is known and not mended yet.
    published_as oid,
    added_xid   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    added_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- What the table was when it was last looked at: names, columns, key, and the file that its rows are in.
ALTER TABLE daybook.captured_table ADD COLUMN IF NOT EXISTS definition jsonb;
-- The same in short, as daybook.state_of() has it: while it stays, a command has changed nothing that matters here.
ALTER TABLE daybook.captured_table ADD COLUMN IF NOT EXISTS state text;
-- The definition as the log's records have it.
ALTER TABLE daybook.captured_table ADD COLUMN IF NOT EXISTS table_def json;

-- The partitions of the captured tables, and the file that the rows of each are in; 0 of one that has partitions
-- itself, or lies elsewhere.
CREATE TABLE IF NOT EXISTS daybook.captured_partition (
    relid       oid PRIMARY KEY,
    root        oid NOT NULL,
    schema_name text NOT NULL,
    table_name  text NOT NULL,
    file        oid NOT NULL
);
CREATE INDEX IF NOT EXISTS captured_partition_root ON daybook.captured_partition (root);
CREATE INDEX IF NOT EXISTS captured_table_name ON daybook.captured_table (table_name);

-- A row says what became of a table: the word of the change, the table, and a control object as a control
-- record of DMS has it. It is inserted and deleted at once; the insert travels in the WAL, with the commit
-- time and place of the command.
CREATE TABLE IF NOT EXISTS daybook.table_change (
    operation   text NOT NULL,
    schema_name text NOT NULL,
    table_name  text NOT NULL,
    control     json NOT NULL
);
COMMENT ON TABLE daybook.table_change IS
    'Always empty: what becomes of a captured table is inserted and deleted; the insert travels in the WAL';
DO $block$
BEGIN
    -- Another's publication FOR ALL TABLES publishes deletes, and PostgreSQL refuses those of a table without identity.
    IF (SELECT c.relreplident FROM pg_class c WHERE c.oid = 'daybook.table_change'::regclass) <> 'f' THEN
        PERFORM set_config('daybook.following', coalesce((SELECT s.value FROM daybook.setting s WHERE s.name = 'following'), 'yes'), true),
            set_config('lock_timeout', '5s', true);
        ALTER TABLE daybook.table_change REPLICA IDENTITY FULL;
        PERFORM set_config('daybook.following', '', true), set_config('lock_timeout', '0', true);
    END IF;
END
$block$;

-- What was told to have become of a table whose name is no captured one's since, until every capture has confirmed it:
-- where a gap of the source has swallowed it, it is told again behind the gap. seen_at is behind its commit.
CREATE TABLE IF NOT EXISTS daybook.told_end (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation   text NOT NULL,
    schema_name text NOT NULL,
    table_name  text NOT NULL,
    control     json NOT NULL,
    seen_at     pg_lsn
);
CREATE INDEX IF NOT EXISTS told_end_name ON daybook.told_end (table_name, schema_name);

-- The tables whose drop was told by a transaction that could not ask whether they were noted, and the name under which:
-- of those that were, align() does not tell it again.
CREATE TABLE IF NOT EXISTS daybook.told_drop (
    relid       oid PRIMARY KEY,
    schema_name text NOT NULL,
    table_name  text NOT NULL
);

ALTER TABLE daybook.captured_table ADD COLUMN IF NOT EXISTS published_as oid;

-- The replication slots that capture this database. It stands beside the slots, and not with the one
-- who reads them, so that what is known of a slot and the slot itself are lost or restored together.
CREATE TABLE IF NOT EXISTS daybook.capture_slot (
    slot       text PRIMARY KEY,
    -- The source's clock before the slot was made, and the snapshot and position that it begins at;
    -- the position is 0/0 until the slot has been made, and one found so is made again.
    started_at timestamptz NOT NULL,
    snapshot   pg_snapshot NOT NULL,
    start_lsn  pg_lsn NOT NULL,
    -- Whether the stream has exactly what the snapshot has not. False for a slot that was there
    -- before: what its stream begins with is then not known.
    exact      boolean NOT NULL,
    -- What was confirmed last, written before the server hears of it: a slot that is beyond it was moved by
    -- somebody else. And the time up to which the log had been said to be complete by then, or the commit
    -- time handed on last, if that is later.
    confirmed_lsn pg_lsn,
    confirmed_at  timestamptz
);
ALTER TABLE daybook.capture_slot ADD COLUMN IF NOT EXISTS confirmed_lsn pg_lsn;
ALTER TABLE daybook.capture_slot ADD COLUMN IF NOT EXISTS confirmed_at timestamptz;
DO $block$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'daybook.capture_slot'::regclass
                   AND a.attname = 'claimed_at') THEN
        ALTER TABLE daybook.capture_slot ADD COLUMN claimed_at timestamptz;
        UPDATE daybook.capture_slot SET claimed_at = confirmed_at;
    END IF;
END
$block$;
-- And the position that had been read by then: commits behind it are given later times.
ALTER TABLE daybook.capture_slot ADD COLUMN IF NOT EXISTS claimed_lsn pg_lsn;
COMMENT ON COLUMN daybook.capture_slot.claimed_at IS
    'Up to when the log was said to be complete at the last confirmation, and so every table was published as it is to '
    'be; commits that were handed on may be later';

-- Every attempt to load a table: a row that an earlier attempt saw is written again as that attempt
-- wrote it, and so is known as the same.
CREATE TABLE IF NOT EXISTS daybook.load_attempt (
    slot       text NOT NULL REFERENCES daybook.capture_slot ON DELETE CASCADE,
    relid      oid NOT NULL,
    ticket     bigint NOT NULL,
    attempt    int NOT NULL,
    started_at timestamptz NOT NULL,
    snapshot   pg_snapshot NOT NULL,
    start_lsn  pg_lsn NOT NULL,
    PRIMARY KEY (slot, relid, ticket, attempt)
);

-- The loads that are done, that is, acknowledged by Kafka.
CREATE TABLE IF NOT EXISTS daybook.served_load (
    slot   text NOT NULL REFERENCES daybook.capture_slot ON DELETE CASCADE,
    relid  oid NOT NULL,
    ticket bigint NOT NULL,
    PRIMARY KEY (slot, relid)
);

-- The tables whose definition a slot's stream has, of those that were captured before the slot was made.
CREATE TABLE IF NOT EXISTS daybook.defined_table (
    slot  text NOT NULL REFERENCES daybook.capture_slot ON DELETE CASCADE,
    relid oid NOT NULL,
    PRIMARY KEY (slot, relid)
);

-- The key that a table had up to a position, in the key's order. What is decoded later than the key was changed, or is
-- sent again, still has to have the key of its own time, and the catalog has today's.
CREATE TABLE IF NOT EXISTS daybook.former_key (
    relid       oid NOT NULL,
    until       pg_lsn NOT NULL,
    key_columns text[] NOT NULL,
    PRIMARY KEY (relid, until)
);

-- Commit times that were handed on later than the source's own, because the log was said to be complete up
-- to a later moment: what is read again is given the same.
CREATE TABLE IF NOT EXISTS daybook.raised_commit (
    slot       text NOT NULL REFERENCES daybook.capture_slot ON DELETE CASCADE,
    commit_lsn pg_lsn NOT NULL,
    handed_at  timestamptz NOT NULL,
    PRIMARY KEY (slot, commit_lsn)
);

-- Where changes may be missing, for the captures to say so in the audit log. A gap is open until it has an
-- end; one that is over ends once the transaction that ended it has committed, which the capture sees to.
CREATE TABLE IF NOT EXISTS daybook.gap (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The slot of the capture that it concerns; null: of every one.
    slot       text,
    -- The table that it concerns; null: every one.
    relid      oid,
    table_name text,
    cause      text NOT NULL,
    reason     text NOT NULL,
    found_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    from_at    timestamptz,
    to_at      timestamptz,
    from_lsn   pg_lsn,
    to_lsn     pg_lsn,
    over       boolean NOT NULL DEFAULT false
);
-- Of one that ends once the transactions before this one have: what they did before is not known yet.
ALTER TABLE daybook.gap ADD COLUMN IF NOT EXISTS ends_behind xid8;
CREATE UNIQUE INDEX IF NOT EXISTS gap_open ON daybook.gap (relid, cause) WHERE relid IS NOT NULL AND NOT over;

-- The gaps that a capture has written to the audit log, and whether with their end.
CREATE TABLE IF NOT EXISTS daybook.sent_gap (
    slot   text NOT NULL,
    gap    uuid NOT NULL REFERENCES daybook.gap ON DELETE CASCADE,
    closed boolean NOT NULL,
    PRIMARY KEY (slot, gap)
);

-- What marks a command as the capture's own.
CREATE OR REPLACE FUNCTION daybook.own_mark()
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT s.value FROM daybook.setting s WHERE s.name = 'following');
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.own_mark() FROM PUBLIC;

-- Notes that changes of a table may be missing from a moment on; nothing if that is known already.
CREATE OR REPLACE FUNCTION daybook.open_gap(rel oid, name text, why text, sentence text, since timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    INSERT INTO daybook.gap (relid, table_name, cause, reason, from_at) VALUES (rel, name, why, sentence, since)
        ON CONFLICT DO NOTHING;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.open_gap(oid, text, text, text, timestamptz) FROM PUBLIC;

-- Notes that a table's gap is over once this transaction commits.
CREATE OR REPLACE FUNCTION daybook.end_gap(rel oid, why text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    UPDATE daybook.gap g SET over = true WHERE g.relid = rel AND g.cause = why AND NOT g.over;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.end_gap(oid, text) FROM PUBLIC;

-- Lets a table's open gaps go on under its new name: those of its former one end with it.
CREATE OR REPLACE FUNCTION daybook.move_gaps(rel oid, name text, in_ddl boolean)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    WITH former AS (
        UPDATE daybook.gap g SET over = true WHERE g.relid = rel AND NOT g.over AND g.table_name <> move_gaps.name
        RETURNING g.*)
    INSERT INTO daybook.gap (slot, relid, table_name, cause, reason, from_at)
        SELECT f.slot, f.relid, move_gaps.name, f.cause, replace(f.reason, f.table_name, move_gaps.name),
               -- Outside DDL there is no telling since when it has the other name.
               CASE WHEN in_ddl THEN clock_timestamp()
                    ELSE greatest(f.from_at, daybook.known_until('daybook.aligned_at')) END
        FROM former f;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.move_gaps(oid, text, boolean) FROM PUBLIC;

-- Up to when nothing was missed: what the connector has seen itself, as it says in its session before it
-- calls align(), else what had been said to be complete, which a confirmed commit does not mean: another table's
-- changes may have been missing by then. Null where nothing has been captured yet.
CREATE OR REPLACE FUNCTION daybook.known_until(seen text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN coalesce(nullif(current_setting(seen, true), '')::timestamptz,
                    (SELECT min(greatest(c.claimed_at, c.started_at)) FROM daybook.capture_slot c
                     WHERE c.start_lsn <> '0/0'));
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.known_until(text) FROM PUBLIC;

-- Has every captured table read again, because changes of any of them may be missing.
CREATE OR REPLACE FUNCTION daybook.reload_all()
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
AS $function$
DECLARE
    ended daybook.told_end[];
BEGIN
    -- One that a command is changing is told as the command leaves it. Not waited for longer than a moment: meanwhile no
    -- command on the others is followed, and the connector tries again.
    PERFORM FROM daybook.captured_table k ORDER BY k.relid FOR UPDATE;
    -- Of tables that are gone, or no longer captured, nothing else is told any more.
    WITH former AS (DELETE FROM daybook.told_end RETURNING *)
    SELECT array_agg(f ORDER BY f.id) INTO ended FROM former f
        WHERE NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.definition ->> 'schema' = f.schema_name
                          AND k.definition ->> 'name' = f.table_name);
    PERFORM daybook.tell(e.operation, jsonb_build_object('schema', e.schema_name, 'name', e.table_name), e.control)
        FROM unnest(ended) AS e;
    -- What was known of their rows ends here.
    PERFORM daybook.tell('capture-table', k.definition,
            json_build_object('oid', k.relid::int8, 'table-def', k.table_def))
        FROM daybook.captured_table k ORDER BY k.relid;
    UPDATE daybook.captured_table SET load_ticket = nextval('daybook.load_ticket');
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.reload_all() FROM PUBLIC;

-- Says of a table whose gap is over that it has been read again, where it has no rows that would say so.
CREATE OR REPLACE FUNCTION daybook.reload_empty(rel oid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    known daybook.captured_table;
BEGIN
    SELECT * INTO known FROM daybook.captured_table k WHERE k.relid = rel FOR UPDATE SKIP LOCKED;
    IF FOUND AND daybook.is_empty(rel) THEN
        PERFORM daybook.tell('capture-table', known.definition,
            json_build_object('oid', rel::int8, 'table-def', known.table_def));
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.reload_empty(oid) FROM PUBLIC;

-- Drops a slot and all that is known of it; a capture that starts under this name begins anew. What
-- was committed since the slot was last read is then not in the audit log as changes, which is noted.
CREATE OR REPLACE FUNCTION daybook.forget_slot(slot text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    INSERT INTO daybook.gap (slot, cause, reason, from_at, from_lsn)
        SELECT c.slot, 'slot-lost', format('The replication slot %s was given up: changes since then are missing. The '
                   'tables are read anew.', c.slot),
               greatest(c.confirmed_at, c.started_at), coalesce(c.confirmed_lsn, c.start_lsn)
        FROM daybook.capture_slot c WHERE c.slot = forget_slot.slot AND c.start_lsn <> '0/0';
    PERFORM pg_drop_replication_slot(s.slot_name) FROM pg_replication_slots s
        WHERE s.slot_name = forget_slot.slot AND s.database = current_database();
    DELETE FROM daybook.capture_slot c WHERE c.slot = forget_slot.slot;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.forget_slot(text) FROM PUBLIC;

-- Says that this database is meant to take the place of another one that was captured under the same source
-- name, as the connector's refusal calls it: a copy, or the same after an upgrade.
CREATE OR REPLACE FUNCTION daybook.replaces(database text)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
    INSERT INTO daybook.setting (name, value) VALUES ('replaces', $1)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
$function$;
REVOKE EXECUTE ON FUNCTION daybook.replaces(text) FROM PUBLIC;

-- Sets which tables are audited. Patterns are schema.table with * for any characters and ? for one,
-- separated by commas; a pattern that begins with ! excludes. full_identity names, the same way, the
-- tables that get REPLICA IDENTITY FULL: their whole old rows are then recorded, at the price of more WAL.
CREATE OR REPLACE FUNCTION daybook.configure(tables text, full_identity text DEFAULT '')
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    pattern text;
BEGIN
    FOREACH pattern IN ARRAY string_to_array(tables || ',' || full_identity, ',') LOOP
        IF btrim(pattern) <> '' AND btrim(pattern) !~ E'^!?[^.]+\\.[^.]+$' THEN
            RAISE EXCEPTION 'daybook.configure: "%" is not a table pattern; write schema.table, such as public.* or !public.secret_*',
                btrim(pattern) USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END LOOP;
    -- What is captured from now on by choice has missed nothing before.
    INSERT INTO daybook.setting (name, value)
        VALUES ('tables', $1), ('full_identity', $2), ('configured_at', clock_timestamp()::text)
        ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE SET value = excluded.value;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.configure(text, text) FROM PUBLIC;

-- Whether schema.table is named by a list of patterns: by one that includes, and by none that excludes.
-- In PL/pgSQL, as all that follows DDL: a session plans its statements once.
CREATE OR REPLACE FUNCTION daybook.matches(table_name text, patterns text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT coalesce(bool_or(NOT excludes AND matches.table_name LIKE glob), false)
               AND NOT coalesce(bool_or(excludes AND matches.table_name LIKE glob), false)
        FROM (
            SELECT left(word, 1) = '!' AS excludes,
                   translate(
                       replace(replace(replace(ltrim(word, '!'), E'\\', E'\\\\'), '_', E'\\_'), '%', E'\\%'),
                       '*?', '%_') AS glob
            FROM (SELECT btrim(p) AS word FROM string_to_table(matches.patterns, ',') AS p) AS words
            WHERE word <> ''
        ) AS globs);
END
$function$;

-- Whether the WAL has a generated column's values: never a virtual one's, a stored one's from PostgreSQL 18
-- on and where the publication says so.
CREATE OR REPLACE FUNCTION daybook.publishes_generated()
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN coalesce((SELECT to_jsonb(p) ->> 'pubgencols' = 's' FROM pg_publication p WHERE p.pubname = 'daybook'
                     ORDER BY p.xmax <> 0 LIMIT 1),
                    false);
END
$function$;

-- The columns that identify a row of a table to its updates and deletes: the primary key, or the
-- index chosen as replica identity. Empty where there is none, or where the WAL lacks one of them.
CREATE OR REPLACE FUNCTION daybook.key_of(relid oid)
RETURNS int2[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN coalesce((
        SELECT (i.indkey::int2[])[0:i.indnkeyatts - 1]
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE i.indrelid = key_of.relid AND i.indisvalid
          AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident
                   WHEN c.relreplident = 'f' THEN i.indisprimary
                   -- A deferrable key is none to logical replication.
                   WHEN c.relreplident = 'd' THEN i.indisprimary AND i.indimmediate
                   ELSE false END
          AND NOT EXISTS (
              SELECT FROM pg_attribute a
              WHERE a.attrelid = i.indrelid AND a.attgenerated <> '' AND NOT daybook.publishes_generated()
                AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
        LIMIT 1), '{}'::int2[]);
END
$function$;

-- Whether PostgreSQL 18 refuses updates and deletes of a table with REPLICA IDENTITY FULL that is
-- published: where it has a generated column that is not. Earlier versions refuse none.
CREATE OR REPLACE FUNCTION daybook.has_unpublished_column(relid oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN current_setting('server_version_num')::int >= 180000 AND (EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = has_unpublished_column.relid AND NOT a.attisdropped
              AND (a.attgenerated = 'v' OR a.attgenerated = 's' AND NOT daybook.publishes_generated()))
        -- Of a column that others have added since, a transaction that has altered the table sees its number alone.
        OR NOT daybook.reads_the_present() AND EXISTS (
            SELECT FROM pg_class c
            WHERE c.oid = has_unpublished_column.relid
              AND c.relnatts > (SELECT count(DISTINCT a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)));
END
$function$;

-- Whether PostgreSQL accepts updates and deletes of these tables while they are published, and the WAL then
-- has the old row or at least these columns of it. Foreign tables, which no WAL knows, do not count.
CREATE OR REPLACE FUNCTION daybook.can_identify(tables oid[], key name[])
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT coalesce(bool_and(CASE WHEN c.relreplident = 'f' THEN NOT daybook.has_unpublished_column(c.oid)
            ELSE key <> '{}' AND EXISTS (
                SELECT FROM pg_index i
                WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
                  AND CASE c.relreplident WHEN 'i' THEN i.indisreplident WHEN 'd' THEN i.indisprimary ELSE false END
                  AND key <@ ARRAY(SELECT a.attname FROM pg_attribute a
                                   WHERE a.attrelid = i.indrelid
                                     AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])))
            END), true)
        FROM pg_class c
        WHERE c.oid = ANY (tables) AND c.relkind = 'r');
END
$function$;

-- The names of the columns that identify a table's rows.
CREATE OR REPLACE FUNCTION daybook.key_names(relid oid)
RETURNS name[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    key int2[] := daybook.key_of(relid);
BEGIN
    RETURN ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = key_names.relid AND a.attnum = ANY (key));
END
$function$;

-- The partitions at the end of a partitioned table's tree, or the partition itself; none of any other table.
-- pg_partition_tree would lock all of them until the transaction ends.
CREATE OR REPLACE FUNCTION daybook.leaves_of(rel oid)
RETURNS SETOF oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
        WITH RECURSIVE tree AS (
            SELECT c.oid, c.relkind FROM pg_class c WHERE c.oid = rel AND (c.relkind = 'p' OR c.relispartition)
            UNION ALL
            SELECT c.oid, c.relkind
            FROM tree t JOIN pg_inherits h ON h.inhparent = t.oid JOIN pg_class c ON c.oid = h.inhrelid
            WHERE t.relkind = 'p')
        SELECT t.oid FROM tree t WHERE t.relkind <> 'p';
END
$function$;

-- The partitions of a partitioned table's tree, those that have partitions themselves included, without the table.
-- An unlogged one is none: its rows are not in the write-ahead log.
CREATE OR REPLACE FUNCTION daybook.partitions_of(rel oid)
RETURNS SETOF oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
        WITH RECURSIVE tree AS (
            SELECT h.inhrelid AS oid FROM pg_class c JOIN pg_inherits h ON h.inhparent = c.oid
            WHERE c.oid = rel AND c.relkind = 'p'
            UNION ALL
            SELECT h.inhrelid
            FROM tree t JOIN pg_class c ON c.oid = t.oid AND c.relkind = 'p' JOIN pg_inherits h ON h.inhparent = t.oid)
        SELECT t.oid FROM tree t JOIN pg_class c ON c.oid = t.oid WHERE c.relkind = 'p' OR c.relpersistence = 'p';
END
$function$;

-- Whether PostgreSQL accepts updates and deletes of a table whose updates are published. Of a
-- partitioned table it asks the partitions, and never the table itself.
CREATE OR REPLACE FUNCTION daybook.has_identity(relid oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    rel    record;
    key    name[];
    leaves oid[];
BEGIN
    SELECT c.relkind, c.relreplident INTO rel FROM pg_class c WHERE c.oid = has_identity.relid ORDER BY c.xmax <> 0;
    IF rel.relkind = 'r' THEN
        RETURN CASE WHEN rel.relreplident = 'f' THEN NOT daybook.has_unpublished_column(relid)
                    ELSE daybook.key_of(relid) <> '{}' END;
    END IF;
    IF rel.relkind IS NULL THEN
        RETURN NULL; -- Made by a transaction that this one does not see.
    END IF;
    key := daybook.key_names(relid);
    IF rel.relkind <> 'p' THEN
        RETURN daybook.can_identify(ARRAY[relid], key);
    END IF;
    leaves := ARRAY(SELECT t FROM daybook.leaves_of(has_identity.relid) t);
    RETURN daybook.can_identify(leaves, key) AND (leaves <> '{}' OR key <> '{}' OR rel.relreplident = 'f');
END
$function$;

-- Whether a table surely has no rows.
CREATE OR REPLACE FUNCTION daybook.is_empty(relid oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF (SELECT c.relkind FROM pg_class c WHERE c.oid = is_empty.relid LIMIT 1) = 'p' THEN
        RETURN NOT EXISTS (SELECT FROM daybook.leaves_of(relid) t WHERE pg_relation_size(t) > 0);
    END IF;
    RETURN coalesce(pg_relation_size(relid), 0) = 0;
END
$function$;

-- What a publication is: another text whenever somebody has altered it, be it back to what it was; of its tables,
-- our own alone.
CREATE OR REPLACE FUNCTION daybook.publication_state(publication name)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT concat_ws(' ', p.oid, p.xmin,
            (SELECT string_agg(r.oid::text, ' ' ORDER BY r.prrelid) FROM pg_publication_rel r
             WHERE r.prpubid = p.oid
               AND r.prrelid IN ('daybook.transaction_context'::regclass, 'daybook.table_change'::regclass)))
        FROM pg_publication p WHERE p.pubname = publication_state.publication);
END
$function$;

-- Notes a publication as it is left: what is another one later was altered by somebody else.
CREATE OR REPLACE FUNCTION daybook.note_publication(publication name)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    INSERT INTO daybook.setting (name, value)
        VALUES ('publication ' || publication, daybook.publication_state(publication))
        ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE SET value = excluded.value;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_publication(name) FROM PUBLIC;

-- Makes a publication publish what it is to, and has our own tables among those that are published for inserts.
CREATE OR REPLACE FUNCTION daybook.put_publication_right(publication name)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    own regclass;
BEGIN
    IF EXISTS (SELECT FROM pg_publication p WHERE p.pubname = publication AND p.puballtables) THEN
        -- There is no other way back from FOR ALL TABLES.
        EXECUTE format('DROP PUBLICATION %I', publication);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_publication p WHERE p.pubname = publication) THEN
        EXECUTE format('CREATE PUBLICATION %I', publication);
    END IF;
    -- PostgreSQL refuses UPDATE and DELETE on a table without replica identity while they are
    -- published. What may not be published is left out, rather than the application be refused.
    EXECUTE format('ALTER PUBLICATION %I SET (publish = %L, publish_via_partition_root = true)', publication,
        CASE publication WHEN 'daybook' THEN 'insert, update, delete, truncate' ELSE 'insert, truncate' END);
    -- Before PostgreSQL 18 the WAL has no generated columns; they are then unknown.
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE format('ALTER PUBLICATION %I SET (publish_generated_columns = stored)', publication);
    END IF;
    PERFORM daybook.keep_schemas_out(publication);
    IF publication = 'daybook_insert_only' THEN
        FOREACH own IN ARRAY ARRAY['daybook.transaction_context', 'daybook.table_change']::regclass[] LOOP
            IF EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                       WHERE p.pubname = publication AND r.prrelid = own
                         AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)) THEN
                EXECUTE format('ALTER PUBLICATION %I DROP TABLE %s', publication, own);
            END IF;
            IF NOT EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                           WHERE p.pubname = publication AND r.prrelid = own) THEN
                EXECUTE format('ALTER PUBLICATION %I ADD TABLE %s', publication, own);
            END IF;
        END LOOP;
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.put_publication_right(name) FROM PUBLIC;

-- Takes whole schemas out of a publication: which tables are published is said of each.
CREATE OR REPLACE FUNCTION daybook.keep_schemas_out(publication name)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    before text := coalesce(current_setting('daybook.following', true), '');
    schema name;
BEGIN
    PERFORM set_config('daybook.following', daybook.own_mark(), true);
    FOR schema IN
        SELECT n.nspname
        FROM pg_publication_namespace s JOIN pg_publication p ON p.oid = s.pnpubid
        JOIN pg_namespace n ON n.oid = s.pnnspid
        WHERE p.pubname = keep_schemas_out.publication
    LOOP
        EXECUTE format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA %I', publication, schema);
    END LOOP;
    PERFORM set_config('daybook.following', before, true);
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.keep_schemas_out(name) FROM PUBLIC;

-- The publications that do not publish what they are to, or were altered since they were left so.
CREATE OR REPLACE FUNCTION daybook.altered_publications()
RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT p.pubname
    FROM pg_publication p LEFT JOIN daybook.setting s ON s.name = 'publication ' || p.pubname
    WHERE p.pubname IN ('daybook', 'daybook_insert_only')
      AND (p.puballtables OR NOT p.pubinsert OR NOT p.pubtruncate OR NOT p.pubviaroot
           OR p.pubupdate <> (p.pubname = 'daybook') OR p.pubdelete <> (p.pubname = 'daybook')
           OR coalesce(to_jsonb(p) ->> 'pubgencols', 's') <> 's'
           OR EXISTS (SELECT FROM pg_publication_namespace n WHERE n.pnpubid = p.oid)
           OR p.pubname = 'daybook_insert_only' AND 2 <> (
               SELECT count(*) FROM pg_publication_rel r
               WHERE r.prpubid = p.oid AND r.prqual IS NULL AND r.prattrs IS NULL
                 AND r.prrelid IN ('daybook.transaction_context'::regclass, 'daybook.table_change'::regclass))
           OR s.value <> daybook.publication_state(p.pubname))
    ORDER BY 1
$function$;

-- What the event triggers are that say what becomes of tables: another text whenever somebody has altered one, be it back
-- to what it was.
CREATE OR REPLACE FUNCTION daybook.trigger_state()
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT coalesce(string_agg(concat_ws(' ', t.evtname, t.oid, t.xmin, t.evtenabled), ', ' ORDER BY t.evtname), 'none')
            FROM pg_event_trigger t WHERE t.evtname IN ('daybook_after_ddl', 'daybook_after_drop'));
END
$function$;

-- Whether both of them fire in every session, as they are left by prepare.sql.
CREATE OR REPLACE FUNCTION daybook.triggers_fire()
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN 2 = (SELECT count(*) FROM pg_event_trigger t
                WHERE t.evtname IN ('daybook_after_ddl', 'daybook_after_drop') AND t.evtenabled = 'A');
END
$function$;

DO $block$
DECLARE
    p name;
BEGIN
    PERFORM set_config('daybook.following', daybook.own_mark(), true);
    FOREACH p IN ARRAY ARRAY['daybook', 'daybook_insert_only'] LOOP
        IF NOT EXISTS (SELECT FROM daybook.setting s WHERE s.name = 'publication ' || p) THEN
            PERFORM daybook.put_publication_right(p);
            PERFORM daybook.note_publication(p);
        ELSIF NOT EXISTS (SELECT FROM pg_publication g WHERE g.pubname = p) THEN
            -- That it was dropped, align() notes.
            PERFORM daybook.put_publication_right(p);
        END IF;
    END LOOP;
    PERFORM set_config('daybook.following', '', true);
END
$block$;

-- The role that captures -----------------------------------------------------------------------

DO $block$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_capture') THEN
        CREATE ROLE daybook_capture LOGIN;
    END IF;
    IF NOT (SELECT rolreplication FROM pg_roles WHERE rolname = 'daybook_capture') THEN
        BEGIN
            ALTER ROLE daybook_capture REPLICATION;
        EXCEPTION WHEN insufficient_privilege THEN
            -- Amazon RDS and Aurora hand the right out through a role of theirs.
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication') THEN
                GRANT rds_replication TO daybook_capture;
            ELSE
                RAISE WARNING 'daybook: this role may not grant REPLICATION; have a superuser run: ALTER ROLE daybook_capture REPLICATION';
            END IF;
        END;
    END IF;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'daybook_capture') THEN
        BEGIN
            -- Row security would hide rows from the initial load, but not from the WAL.
            ALTER ROLE daybook_capture BYPASSRLS;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO daybook_capture', current_database());
END
$block$;
GRANT SELECT ON daybook.setting, daybook.captured_table, daybook.captured_partition, daybook.actor_claim,
    daybook.former_key, daybook.told_end TO daybook_capture;
GRANT SELECT, INSERT, UPDATE, DELETE ON daybook.capture_slot, daybook.load_attempt, daybook.served_load,
    daybook.defined_table, daybook.sent_gap, daybook.raised_commit TO daybook_capture;
GRANT SELECT, INSERT, UPDATE ON daybook.gap TO daybook_capture;
GRANT EXECUTE ON FUNCTION daybook.reload_all(), daybook.reload_empty(oid) TO daybook_capture;

-- Keeping the publications right ---------------------------------------------------------------

-- Makes sessions that change the publications take turns. A DDL command never waits for its turn:
-- PostgreSQL would keep it waiting until the other session's transaction ends.
CREATE OR REPLACE FUNCTION daybook.lock_publications(in_ddl boolean)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    turn CONSTANT bigint := hashtextextended('daybook.publications', 0);
BEGIN
    IF NOT in_ddl THEN
        PERFORM pg_advisory_xact_lock(turn);
    ELSIF NOT pg_try_advisory_xact_lock(turn) THEN
        RAISE EXCEPTION 'another transaction that has changed the publications is still open'
            USING ERRCODE = 'lock_not_available';
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.lock_publications(boolean) FROM PUBLIC;

-- Whether this transaction reads what others have committed since it began. Where it does not, what it reads
-- of the catalog may be old, and each read of a table of ours may conflict with another transaction. Of a row that
-- others have replaced since, and then itself, it may see two versions: its own is the one without an xmax.
CREATE OR REPLACE FUNCTION daybook.reads_the_present()
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN current_setting('transaction_isolation') LIKE 'read %';
END
$function$;

-- Takes a table out of a publication, and returns whether it was in it.
CREATE OR REPLACE FUNCTION daybook.unpublish(rel oid, publication name, in_ddl boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF daybook.reads_the_present()
            AND NOT EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                            WHERE r.prrelid = rel AND p.pubname = unpublish.publication) THEN
        RETURN false;
    END IF;
    BEGIN
        PERFORM daybook.lock_publications(in_ddl);
        EXECUTE format('ALTER PUBLICATION %I DROP TABLE ONLY %s', publication, rel::regclass);
        RETURN true;
    EXCEPTION WHEN undefined_object THEN
        RETURN false;
    END;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.unpublish(oid, name, boolean) FROM PUBLIC;

-- Whether this transaction holds a lock on a table already that the other sessions' commands on it wait for: what
-- follows DDL takes none that the command has not taken. alone: one that everybody waits for.
CREATE OR REPLACE FUNCTION daybook.holds(rel oid, alone boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM pg_locks l
        WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.relation = rel AND l.granted
          AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND (l.mode = 'AccessExclusiveLock'
               OR NOT alone AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock')));
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.holds(oid, boolean) FROM PUBLIC;

-- Has every session forget what it knew of a table and its partitions, as an altered publication does: by a column that
-- is made and unmade, for a row of the catalog that is touched has others wait that drop the table. No two
-- transactions make the same one.
CREATE OR REPLACE FUNCTION daybook.have_forgotten(rel oid)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    tables oid[] := rel || ARRAY(SELECT t FROM daybook.partitions_of(rel) t);
    number int2 := -1000 - pg_current_xact_id()::text::int8 % 30000;
BEGIN
    INSERT INTO pg_attribute
        SELECT (jsonb_populate_record(a, jsonb_build_object('attnum', number, 'attname', concat('daybook ', number)))).*
        FROM pg_attribute a WHERE a.attrelid = ANY (tables) AND a.attnum = -1;
    DELETE FROM pg_attribute a WHERE a.attrelid = ANY (tables) AND a.attnum = number;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.have_forgotten(oid) FROM PUBLIC;

-- Takes a table out of a publication that another transaction holds until it ends, past the lock: what is
-- deleted is what ALTER PUBLICATION deletes. It is the last resort before the application is refused a
-- statement, and fails where the role that prepared the source is no superuser.
CREATE OR REPLACE FUNCTION daybook.tear_out(rel oid, publication name)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    entry oid := daybook.published_as(rel, publication);
    mods  text := current_setting('allow_system_table_mods');
BEGIN
    PERFORM set_config('allow_system_table_mods', 'on', true);
    DELETE FROM pg_depend d WHERE d.classid = 'pg_publication_rel'::regclass AND d.objid = entry;
    DELETE FROM pg_publication_rel r WHERE r.oid = entry;
    PERFORM daybook.have_forgotten(rel);
    PERFORM set_config('allow_system_table_mods', mods, true);
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.tear_out(oid, name) FROM PUBLIC;

-- Has a table published for inserts instead of updates without a lock on it or on the publications, as tear_out()
-- takes one out, and returns whether it found it there.
DO $block$
BEGIN
    IF EXISTS (SELECT FROM pg_proc p WHERE p.proname = 'move_over' AND p.pronamespace = 'daybook'::regnamespace
               AND p.prorettype = 'void'::regtype) THEN
        DROP FUNCTION daybook.move_over(oid);
    END IF;
END
$block$;
CREATE OR REPLACE FUNCTION daybook.move_over(rel oid)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    inserts oid := (SELECT p.oid FROM pg_publication p WHERE p.pubname = 'daybook_insert_only' LIMIT 1);
    entry   oid := daybook.published_as(rel, 'daybook');
    mods    text := current_setting('allow_system_table_mods');
BEGIN
    IF inserts IS NULL OR EXISTS (SELECT FROM pg_publication_rel r WHERE r.prrelid = rel AND r.prpubid = inserts) THEN
        PERFORM daybook.tear_out(rel, 'daybook');
        RETURN entry IS NOT NULL;
    END IF;
    PERFORM set_config('allow_system_table_mods', 'on', true);
    -- With a filter or a list of columns go the columns that they ask for.
    DELETE FROM pg_depend d
        WHERE d.classid = 'pg_publication_rel'::regclass AND d.objid = entry AND d.refobjsubid <> 0;
    UPDATE pg_depend d SET refobjid = inserts
        WHERE d.classid = 'pg_publication_rel'::regclass AND d.objid = entry
          AND d.refclassid = 'pg_publication'::regclass;
    UPDATE pg_publication_rel r SET prpubid = inserts, prqual = NULL, prattrs = NULL WHERE r.oid = entry;
    PERFORM daybook.have_forgotten(rel);
    PERFORM set_config('allow_system_table_mods', mods, true);
    RETURN entry IS NOT NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.move_over(oid) FROM PUBLIC;

-- Whether somebody else's publication would refuse the updates of a table with a full identity: where it has a
-- generated column that this one does not publish, or this one has a list of its columns.
CREATE OR REPLACE FUNCTION daybook.refuses_full(rel oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel AND a.attgenerated <> '' AND NOT a.attisdropped)
        AND EXISTS (
            SELECT FROM pg_publication p
            WHERE p.pubname NOT IN ('daybook', 'daybook_insert_only') AND (p.pubupdate OR p.pubdelete)
              AND to_jsonb(p) ->> 'pubgencols' = 'n'
              -- pg_get_publication_tables() would lock each of its tables.
              AND (p.puballtables OR EXISTS (
                  SELECT FROM (SELECT rel UNION SELECT a FROM pg_partition_ancestors(rel) AS a) AS t (oid)
                  JOIN pg_class c ON c.oid = t.oid
                  WHERE EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid)
                     OR EXISTS (SELECT FROM pg_publication_namespace s
                                WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace))))
        OR EXISTS (
            SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE r.prrelid IN (SELECT rel UNION SELECT a FROM pg_partition_ancestors(rel) AS a) AND r.prattrs IS NOT NULL
              AND p.pubname NOT IN ('daybook', 'daybook_insert_only') AND (p.pubupdate OR p.pubdelete));
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.refuses_full(oid) FROM PUBLIC;

-- Gives REPLICA IDENTITY FULL to a table, or to the partitions of a partitioned one, and returns whether any
-- of them lacked it. PostgreSQL asks the partitions, not the table that they belong to. Within DDL to those alone that
-- the command has locked; where a key was lost, to those alone that lack it.
DROP FUNCTION IF EXISTS daybook.identify_fully(oid);
CREATE OR REPLACE FUNCTION daybook.identify_fully(rel oid, in_ddl boolean, key_lost boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    key  name[] := daybook.key_names(rel);
    part oid;
BEGIN
    FOR part IN
        SELECT c.oid FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'f'
          AND (c.oid = rel OR c.oid IN (SELECT p FROM daybook.leaves_of(rel) p))
          AND CASE WHEN key_lost AND (key <> '{}' AND c.relkind = 'p' OR daybook.can_identify(ARRAY[c.oid], key))
                       THEN false
                   WHEN in_ddl AND NOT daybook.holds(c.oid, true) THEN false
                   ELSE NOT daybook.has_unpublished_column(c.oid) AND NOT daybook.refuses_full(c.oid) END
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s REPLICA IDENTITY FULL', part::regclass);
    END LOOP;
    RETURN FOUND;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.identify_fully(oid, boolean, boolean) FROM PUBLIC;

-- Takes the full identity that the patterns gave from a table and its partitions again, where somebody else's
-- publication would refuse their updates for it and they have a key, or an index that can be the identity.
CREATE OR REPLACE FUNCTION daybook.identify_by_key(rel oid)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    mods text := current_setting('allow_system_table_mods');
    part record;
BEGIN
    FOR part IN
        SELECT c.oid, i.index, i.indisprimary
        FROM pg_class c CROSS JOIN LATERAL (
            SELECT x.indexrelid AS index, x.indisprimary FROM pg_index x
            WHERE x.indrelid = c.oid AND x.indisunique AND x.indimmediate AND x.indisvalid AND x.indpred IS NULL
              AND NOT EXISTS (SELECT FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) AS k (number)
                              LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND a.attnum > 0
                              WHERE NOT coalesce(a.attnotnull AND a.attgenerated = '', false))
            ORDER BY EXISTS (SELECT FROM pg_publication_rel r
                             WHERE r.prrelid = c.oid AND NOT (x.indkey::int2[])[0:x.indnkeyatts - 1] <@ r.prattrs::int2[]),
                     NOT x.indisprimary, x.indexrelid LIMIT 1) AS i
        WHERE c.relkind = 'r' AND c.relreplident = 'f'
          AND (c.oid = rel OR c.oid IN (SELECT p FROM daybook.leaves_of(rel) p)) AND daybook.refuses_full(c.oid)
    LOOP
        BEGIN
            IF daybook.holds(part.oid, true) THEN
                EXECUTE format('ALTER TABLE ONLY %s REPLICA IDENTITY %s', part.oid::regclass, CASE WHEN part.indisprimary
                    THEN 'DEFAULT' ELSE format('USING INDEX %I', (SELECT c.relname FROM pg_class c WHERE c.oid = part.index
                                                                          ORDER BY c.xmax <> 0 LIMIT 1)) END);
            ELSE
                -- What ALTER TABLE does, without its lock.
                PERFORM set_config('allow_system_table_mods', 'on', true);
                UPDATE pg_index i SET indisreplident = true WHERE i.indexrelid = part.index AND NOT part.indisprimary;
                UPDATE pg_class c SET relreplident = CASE WHEN part.indisprimary THEN 'd' ELSE 'i' END WHERE c.oid = part.oid;
                PERFORM set_config('allow_system_table_mods', mods, true);
            END IF;
        EXCEPTION WHEN lock_not_available OR serialization_failure OR insufficient_privilege THEN
            -- Another transaction is altering this one: the others do not wait for that.
            RAISE LOG 'daybook: % keeps its full identity for now: %', part.oid::regclass, SQLERRM;
        END;
    END LOOP;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.identify_by_key(oid) FROM PUBLIC;

-- Takes a table whose updates PostgreSQL would refuse out of the publication of updates, and returns whether it has got
-- a full identity instead. What another transaction holds until it ends is not waited for.
CREATE OR REPLACE FUNCTION daybook.withdraw(rel oid, in_ddl boolean, filtered boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    held boolean := false;
BEGIN
    -- A command on a partition has not locked its table, and ALTER PUBLICATION would.
    IF in_ddl AND NOT daybook.holds(rel, false) THEN
        BEGIN
            PERFORM daybook.lock_publications(true);
            IF daybook.move_over(rel) THEN
                RETURN false;
            END IF;
        EXCEPTION
            -- What others have altered since a REPEATABLE READ transaction looked, it may not alter in the catalog.
            WHEN insufficient_privilege OR serialization_failure THEN
                NULL;
            WHEN lock_not_available THEN
                held := true;
        END;
    END IF;
    IF NOT held THEN
        BEGIN
            PERFORM daybook.unpublish(rel, 'daybook', in_ddl);
            RETURN false;
        EXCEPTION WHEN lock_not_available THEN
            IF NOT in_ddl AND daybook.has_identity(rel) THEN
                RAISE;
            END IF;
        END;
    END IF;
    -- Until the table has left the publication, the application's UPDATE would be refused. A full identity needs no more
    -- than the table and its partitions, which the command has locked.
    IF in_ddl THEN
        -- A table that is to have none is not given one, where the catalog may be written.
        IF (SELECT c.relkind = 'r' AND c.relreplident = 'n' FROM pg_class c WHERE c.oid = rel
            ORDER BY c.xmax <> 0 LIMIT 1) THEN
            BEGIN
                PERFORM daybook.move_over(rel);
                RETURN false;
            EXCEPTION WHEN insufficient_privilege OR serialization_failure THEN
                NULL;
            END;
        END IF;
        PERFORM daybook.identify_fully(rel, true, true);
        IF daybook.has_identity(rel) AND NOT filtered THEN
            RETURN true;
        END IF;
    END IF;
    PERFORM daybook.move_over(rel);
    RETURN false;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.withdraw(oid, boolean, boolean) FROM PUBLIC;

-- Whether a table is to be captured by itself: a permanent one that is named by the patterns, and no partition.
CREATE OR REPLACE FUNCTION daybook.is_audited(rel oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN coalesce((
        SELECT c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
            AND n.nspname NOT LIKE E'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
            AND daybook.matches(n.nspname || '.' || c.relname,
                                (SELECT s.value FROM daybook.setting s WHERE s.name = 'tables'))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = rel ORDER BY c.xmax <> 0, n.xmax <> 0 LIMIT 1), false);
END
$function$;

-- Lets the capture read a table.
CREATE OR REPLACE FUNCTION daybook.let_read(rel oid)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF NOT has_table_privilege('daybook_capture', rel, 'SELECT') THEN
        EXECUTE format('GRANT SELECT ON TABLE %s TO daybook_capture', rel::regclass);
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.let_read(oid) FROM PUBLIC;

-- Lets the capture look into a schema that the patterns name tables of. Its session does so that makes or alters the
-- schema, and the connector: commands on a schema wait for a transaction that has granted on it, and would wait for
-- each that makes a table there.
CREATE OR REPLACE FUNCTION daybook.let_use(schema oid)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    name name := (SELECT n.nspname FROM pg_namespace n
                  WHERE n.oid = schema AND n.nspname NOT LIKE E'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
                  ORDER BY n.xmax <> 0 LIMIT 1);
BEGIN
    IF NOT has_schema_privilege('daybook_capture', schema, 'USAGE') AND daybook.matches(name,
        (SELECT string_agg(split_part(btrim(p), '.', 1), ',')
         FROM daybook.setting s CROSS JOIN string_to_table(s.value, ',') AS p
         WHERE s.name = 'tables' AND btrim(p) NOT LIKE '!%'))
    THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO daybook_capture', name);
    END IF;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE LOG 'daybook: the capture may not use schema % yet: %', name, SQLERRM;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.let_use(oid) FROM PUBLIC;

-- Puts a table that is audited into the publication where it belongs, and says which that is and what was
-- done. It reads nothing that transactions of ours write: a SERIALIZABLE one would conflict on that.
CREATE OR REPLACE FUNCTION daybook.publish_table(rel oid, in_ddl boolean, OUT publication text, OUT done text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    t    record;
    part oid;
BEGIN
    done := '';
    SELECT n.nspname, c.relkind, f.value <> '' AND daybook.matches(n.nspname || '.' || c.relname, f.value) AS wants_full,
           coalesce(p.names, '{}') AS published, coalesce(p.filtered, false) AS filtered,
           coalesce(p.inserts_filtered, false) AS inserts_filtered
        INTO t
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN daybook.setting f ON f.name = 'full_identity'
        LEFT JOIN LATERAL (
            SELECT array_agg(p.pubname) AS names,
                   bool_or(p.pubname = 'daybook' AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)) AS filtered,
                   bool_or(p.pubname <> 'daybook' AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)) AS inserts_filtered
            FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE r.prrelid = c.oid AND p.pubname IN ('daybook', 'daybook_insert_only')) AS p ON true
        WHERE c.oid = rel;
    IF t.wants_full THEN
        PERFORM daybook.identify_by_key(rel);
        IF daybook.identify_fully(rel, in_ddl, false) THEN
            done := done || ', REPLICA IDENTITY FULL';
        END IF;
    END IF;
    publication := CASE WHEN daybook.has_identity(rel) THEN 'daybook' ELSE 'daybook_insert_only' END;
    -- A filter or a list of columns was made by hand: PostgreSQL asks that the identity has its columns.
    IF publication <> 'daybook' OR t.filtered THEN
        IF daybook.withdraw(rel, in_ddl, t.filtered) THEN
            publication := 'daybook';
            done := done || ', REPLICA IDENTITY FULL in place of the lost key';
        ELSE
            t.published := ARRAY(
                SELECT p.pubname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                WHERE r.prrelid = rel AND p.pubname IN ('daybook', 'daybook_insert_only'));
        END IF;
    END IF;
    IF t.inserts_filtered AND NOT in_ddl THEN
        PERFORM daybook.unpublish(rel, 'daybook_insert_only', in_ddl);
        t.published := array_remove(t.published, 'daybook_insert_only');
    END IF;
    IF NOT publication = ANY (t.published) AND in_ddl AND NOT daybook.holds(rel, false) THEN
        -- A command on a partition has not locked its table, and ALTER PUBLICATION would: the connector does it.
        IF t.published = '{}' THEN
            RAISE EXCEPTION 'the command has not locked it' USING ERRCODE = 'lock_not_available';
        END IF;
        publication := t.published[1];
    END IF;
    IF NOT publication = ANY (t.published) THEN
        PERFORM daybook.lock_publications(in_ddl);
        EXECUTE format('ALTER PUBLICATION %I ADD TABLE ONLY %s', publication, rel::regclass);
        done := done || CASE publication WHEN 'daybook' THEN ', published' ELSE ', published for inserts' END;
    END IF;
    IF publication = 'daybook' AND 'daybook_insert_only' = ANY (t.published) THEN
        PERFORM daybook.unpublish(rel, 'daybook_insert_only', in_ddl);
    END IF;
    PERFORM daybook.let_read(rel);
    -- Beside a partition that lies elsewhere the others are read one by one.
    IF NOT in_ddl THEN
        FOR part IN
            SELECT c.oid FROM daybook.leaves_of(rel) p JOIN pg_class c ON c.oid = p
            WHERE c.relkind <> 'f' AND NOT has_table_privilege('daybook_capture', c.oid, 'SELECT')
              AND EXISTS (SELECT FROM daybook.leaves_of(rel) f JOIN pg_class e ON e.oid = f
                          WHERE e.relkind = 'f')
        LOOP
            EXECUTE format('GRANT SELECT ON TABLE %s TO daybook_capture', part::regclass);
        END LOOP;
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.publish_table(oid, boolean) FROM PUBLIC;

-- Takes a table that could not be followed out of the publication of updates, if PostgreSQL would refuse them.
-- Of a table that this transaction does not see, the server's own functions know the present.
CREATE OR REPLACE FUNCTION daybook.keep_writable(rel oid)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    part    oid;
    parts   oid[] := '{}';
    refused boolean := false;
BEGIN
    IF daybook.reads_the_present() THEN
        refused := NOT coalesce(daybook.has_identity(rel), false)
            AND EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                        WHERE r.prrelid = rel AND p.pubname = 'daybook');
    ELSE
        rel := coalesce(pg_partition_root(rel), rel);
        BEGIN
            -- The locks of the partitions go with the subtransaction: others would wait for them.
            parts := ARRAY(
                SELECT p.oid
                FROM (SELECT rel WHERE pg_partition_root(rel) IS NULL
                      UNION ALL
                      SELECT p.relid FROM pg_partition_tree(rel) p WHERE p.isleaf) AS p (oid)
                WHERE pg_get_replica_identity_index(p.oid) IS NULL
                  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.oid AND c.relkind = 'f'));
            RAISE EXCEPTION 'known';
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
        FOREACH part IN ARRAY parts LOOP
            BEGIN
                -- Of a full identity no function tells. To lock what others have altered since is an error; the lock goes
                -- with the subtransaction, for others would wait for it.
                PERFORM FROM pg_class c
                    WHERE c.oid = part AND c.relreplident = 'f' AND NOT daybook.has_unpublished_column(c.oid)
                    FOR SHARE;
                refused := NOT FOUND;
                RAISE EXCEPTION 'known';
            EXCEPTION
                WHEN raise_exception THEN
                    NULL;
                WHEN OTHERS THEN
                    refused := true;
            END;
            EXIT WHEN refused;
        END LOOP;
    END IF;
    IF refused THEN
        PERFORM daybook.withdraw(rel, true, false);
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.keep_writable(oid) FROM PUBLIC;

-- Whether a table is published as it was put there.
CREATE OR REPLACE FUNCTION daybook.is_published(known daybook.captured_table)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                   WHERE r.oid = known.published_as AND r.prrelid = known.relid AND p.pubname = known.publication
                     AND r.prqual IS NULL AND r.prattrs IS NULL);
END
$function$;

-- A table's row in pg_publication_rel.
CREATE OR REPLACE FUNCTION daybook.published_as(rel oid, publication name)
RETURNS oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT r.oid FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE r.prrelid = rel AND p.pubname = published_as.publication LIMIT 1);
END
$function$;

CREATE OR REPLACE FUNCTION daybook.not_published(name text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT format('%s was taken out of its publication, or the publication was altered: changes in between are '
                  'missing. Leave the publications daybook and daybook_insert_only to Daybook.', $1)
$function$;

-- Notes the gap of a table that is to be captured and was not, once anything is captured. What was left out
-- by choice until the patterns were changed has missed nothing.
CREATE OR REPLACE FUNCTION daybook.note_uncaptured(rel oid, name text, why text, since timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF daybook.is_audited(rel)
            AND EXISTS (SELECT FROM daybook.capture_slot o WHERE o.start_lsn <> '0/0')
            AND since > coalesce((SELECT s.value::timestamptz FROM daybook.setting s WHERE s.name = 'configured_at'),
                                 '-infinity') THEN
        PERFORM daybook.open_gap(rel, name, 'not-captured',
            format('%s was not captured from its first change on (%s): changes before its snapshot are missing.', name, why),
            since);
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_uncaptured(oid, text, text, timestamptz) FROM PUBLIC;

-- Notes the gap of a table that would be captured, were it in the write-ahead log.
CREATE OR REPLACE FUNCTION daybook.note_unlogged(rel oid, name text, since timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.oid = rel AND c.relkind = 'r' AND c.relpersistence = 'u' AND NOT c.relispartition
                 AND n.nspname NOT LIKE E'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
                 AND daybook.matches(n.nspname || '.' || c.relname,
                                     (SELECT s.value FROM daybook.setting s WHERE s.name = 'tables'))) THEN
        PERFORM daybook.open_gap(rel, name, 'unlogged',
            format('%s is unlogged: its changes are not in the write-ahead log. SET LOGGED has it read and captured.', name),
            since);
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_unlogged(oid, text, timestamptz) FROM PUBLIC;

-- Notes the gap of a table that could not be followed, so that what is known of the others goes on.
CREATE OR REPLACE FUNCTION daybook.note_unfollowed(rel oid, name text, why text, since timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    known record;
BEGIN
    -- In one statement: a command may commit between two.
    SELECT k.relid, k.published_as, daybook.is_published(k) AS published INTO known
        FROM daybook.captured_table k WHERE k.relid = rel;
    IF known.relid IS NULL THEN
        PERFORM daybook.note_uncaptured(rel, name, why, since);
    ELSIF known.published_as IS NOT NULL AND NOT known.published
            AND EXISTS (SELECT FROM pg_class c WHERE c.oid = rel) THEN
        PERFORM daybook.open_gap(rel, name, 'not-published', daybook.not_published(name), since);
        UPDATE daybook.captured_table k SET published_as = 0 WHERE k.relid = rel;
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_unfollowed(oid, text, text, timestamptz) FROM PUBLIC;

-- Why changes may be missing that nothing is known of yet; null if none are. Cheap, to be asked often.
CREATE OR REPLACE FUNCTION daybook.unverified()
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE
        WHEN (SELECT count(*) FROM pg_publication WHERE pubname IN ('daybook', 'daybook_insert_only')) < 2
            THEN 'A publication of the capture is missing: changes are not captured. Run "source prepare" on the source.'
        WHEN EXISTS (SELECT FROM daybook.altered_publications())
            THEN 'A publication of the capture was altered: changes are not captured. Run "source prepare" on the source.'
        WHEN EXISTS (SELECT FROM daybook.setting s WHERE s.name = 'event triggers' AND s.value <> daybook.trigger_state())
            THEN 'An event trigger of the capture was altered: what became of tables is not known yet.'
        ELSE coalesce(
            (SELECT daybook.not_published(min(k.table_name))
             FROM daybook.captured_table k
             LEFT JOIN (pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid)
                 ON r.oid = k.published_as AND r.prrelid = k.relid AND p.pubname = k.publication
                    AND r.prqual IS NULL AND r.prattrs IS NULL
             WHERE r.oid IS NULL AND k.published_as IS DISTINCT FROM 0
             HAVING count(*) > 0),
            -- PostgreSQL's stream has no TRUNCATE of a partition; its file is another one.
            (SELECT format('The partition %I.%I was truncated or rewritten, which its table''s history does not say yet.',
                           p.schema_name, p.table_name)
             FROM daybook.captured_partition p JOIN pg_class c ON c.oid = p.relid
             WHERE c.relfilenode <> p.file
             ORDER BY p.relid LIMIT 1))
    END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.unverified() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.unverified() TO daybook_capture;
-- What an earlier version had in the place of functions that follow.
DROP FUNCTION IF EXISTS daybook.describe(oid);
DROP FUNCTION IF EXISTS daybook.align_table(oid, boolean, boolean);
DROP FUNCTION IF EXISTS daybook.table_def(jsonb);
DROP FUNCTION IF EXISTS daybook.tell_change(oid, jsonb, jsonb, boolean);
DROP FUNCTION IF EXISTS daybook.note_new_partitions();
DROP FUNCTION IF EXISTS daybook.let_go(oid);
DROP FUNCTION IF EXISTS daybook.drop_partition(oid);
DROP FUNCTION IF EXISTS daybook.move_gaps(oid, text);
DROP FUNCTION IF EXISTS daybook.let_read(oid, name);

-- What a table is: its names and kind; its rows in the two publications, altered where they have a filter or a list of
-- columns; its names, its columns by name and its key; the same as the definition of a control object, columns in the
-- table's order; and the key by its columns' numbers, as key_of() has it. The version of a column is another one
-- whenever a command touched it, and the file whenever the rows were written anew: both at once is a column with new
-- values. In SQL and without settings of its own, so that it becomes part of the statement that asks.
CREATE OR REPLACE FUNCTION daybook.describe(rel oid)
RETURNS TABLE (
    oid oid, nspname name, relname name, sql_name text, relkind "char", relpersistence "char", relispartition boolean,
    relreplident "char", keyed oid, keyed_altered boolean, inserts oid, inserts_altered boolean, definition jsonb,
    table_def json, key_columns int2[])
LANGUAGE sql STABLE
AS $function$
    SELECT c.oid, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), c.relkind, c.relpersistence,
        c.relispartition, c.relreplident, p.keyed, p.keyed_altered, p.inserts, p.inserts_altered,
        jsonb_build_object('schema', n.nspname, 'name', c.relname, 'file', c.relfilenode::int8, 'columns', a.columns,
            'key', CASE WHEN a.lacks_key THEN '[]' ELSE a.names END),
        json_build_object('columns', a.column_defs, 'primary-key', CASE WHEN a.lacks_key THEN '[]' ELSE a.names END),
        CASE WHEN a.lacks_key THEN '{}' ELSE coalesce(k.key, '{}') END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT max(r.oid) FILTER (WHERE p.pubname = 'daybook') AS keyed,
               max(r.oid) FILTER (WHERE p.pubname = 'daybook_insert_only') AS inserts,
               coalesce(bool_or(p.pubname = 'daybook' AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)),
                        false) AS keyed_altered,
               coalesce(bool_or(p.pubname = 'daybook_insert_only'
                                AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)), false) AS inserts_altered
        FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
        WHERE r.prrelid = c.oid) AS p
    LEFT JOIN LATERAL (
        SELECT (i.indkey::int2[])[0:i.indnkeyatts - 1] AS key
        FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisvalid
          AND CASE c.relreplident WHEN 'i' THEN i.indisreplident WHEN 'f' THEN i.indisprimary
                                  WHEN 'd' THEN i.indisprimary AND i.indimmediate ELSE false END
        LIMIT 1) AS k ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(a.attname, jsonb_build_object('number', a.attnum,
                   'type', format_type(a.atttypid, a.atttypmod), 'type_oid', a.atttypid::int8,
                   'nullable', NOT a.attnotnull, 'generated', a.attgenerated <> '', 'version', concat(a.xmin, a.ctid))),
                   '{}') AS columns,
               coalesce(json_object_agg(a.attname, json_build_object('number', a.attnum,
                   'postgres-type', format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull)
                   ORDER BY a.attnum), '{}') AS column_defs,
               coalesce(jsonb_agg(a.attname ORDER BY array_position(k.key, a.attnum))
                   FILTER (WHERE a.attnum = ANY (k.key)), '[]') AS names,
               -- Where the WAL lacks one of its columns, it lacks the key.
               CASE WHEN bool_or(a.attgenerated <> '' AND a.attnum = ANY (k.key))
                    THEN NOT daybook.publishes_generated() ELSE false END AS lacks_key
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS a
    WHERE c.oid = rel
$function$;
REVOKE EXECUTE ON FUNCTION daybook.describe(oid) FROM PUBLIC;

-- What a table is, in short: another text whenever a command may have changed what follows DDL looks at. The version
-- of a row of the catalog is its transaction and its place: two commands of one transaction differ in the place alone.
-- That a partitioned table's partitions changed, or a parent's heirs, it does not say: it then begins with p.
CREATE OR REPLACE FUNCTION daybook.state_of(rel oid)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT concat(CASE WHEN c.relkind = 'r' AND c.relhassubclass THEN 'parent' ELSE c.relkind::text END, ' ',
            hashtextextended(concat_ws(' ',
                c.relpersistence, c.relispartition, c.relreplident, c.relfilenode,
                ARRAY(SELECT concat(a.xmin, a.ctid) FROM pg_attribute a
                      WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
                ARRAY(SELECT concat(i.xmin, i.ctid) FROM pg_index i
                      WHERE i.indrelid = rel AND (i.indisprimary OR i.indisreplident) ORDER BY i.indexrelid),
                ARRAY(SELECT concat(r.xmin, r.ctid) FROM pg_publication_rel r WHERE r.prrelid = rel ORDER BY r.oid),
                c.relnamespace::regnamespace, c.relname), 0))
        FROM pg_class c WHERE c.oid = rel ORDER BY c.xmax <> 0 LIMIT 1);
END
$function$;

-- Writes into the stream what became of a table.
CREATE OR REPLACE FUNCTION daybook.tell(operation text, definition jsonb, control json)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    place tid;
BEGIN
    INSERT INTO daybook.table_change AS c (operation, schema_name, table_name, control)
        VALUES ($1, $2 ->> 'schema', $2 ->> 'name', $3) RETURNING c.ctid INTO place;
    DELETE FROM daybook.table_change c WHERE c.ctid = place;
    IF operation IN ('drop-table', 'release-table') OR control ->> 'to' IS NOT NULL THEN
        -- Where nothing reads the stream, nobody would take it away again.
        INSERT INTO daybook.told_end (operation, schema_name, table_name, control)
            SELECT $1, $2 ->> 'schema', $2 ->> 'name', $3
            WHERE EXISTS (SELECT FROM daybook.capture_slot c WHERE c.start_lsn <> '0/0')
               OR EXISTS (SELECT FROM daybook.gap g WHERE g.relid IS NULL AND g.to_at IS NULL);
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.tell(text, jsonb, json) FROM PUBLIC;

-- Tells that a table is gone, unless the transaction that dropped it has said so.
CREATE OR REPLACE FUNCTION daybook.tell_drop(rel oid, definition jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    DELETE FROM daybook.told_drop d
        WHERE d.relid = rel AND d.schema_name = definition ->> 'schema' AND d.table_name = definition ->> 'name';
    IF NOT FOUND THEN
        PERFORM daybook.tell('drop-table', definition, json_build_object('oid', rel::int8));
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.tell_drop(oid, jsonb) FROM PUBLIC;

-- Tells what became of a table that is captured: of its name, its columns, its key. Of two names of one change
-- the new one is told first, so that what was under the former one is still there to go on from.
CREATE OR REPLACE FUNCTION daybook.tell_change(
    relid oid, was jsonb, def_was json, is_now jsonb, def_now json, still_captured boolean)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    renamed   boolean := was ->> 'schema' <> is_now ->> 'schema' OR was ->> 'name' <> is_now ->> 'name';
    new_file  boolean := was -> 'file' <> is_now -> 'file';
    rewritten json := '[]';
    altered   boolean := def_was::text IS DISTINCT FROM def_now::text;
BEGIN
    IF altered OR new_file OR is_now -> 'file' = '0' THEN
        new_file := new_file OR is_now -> 'file' = '0' AND EXISTS (
            SELECT FROM daybook.captured_partition p JOIN pg_class c ON c.oid = p.relid
            WHERE p.root = tell_change.relid AND c.relfilenode <> p.file);
        -- A column is known by its number, whatever its name is now.
        SELECT coalesce(json_agg(n.key), '[]') INTO rewritten
            FROM jsonb_each(is_now -> 'columns') n
            JOIN jsonb_each(was -> 'columns') o ON o.value -> 'number' = n.value -> 'number'
            WHERE n.value -> 'type_oid' <> o.value -> 'type_oid'
               OR new_file AND (n.value -> 'version' <> o.value -> 'version' OR (n.value -> 'generated')::boolean);
        altered := altered OR json_array_length(rewritten) > 0;
    END IF;
    IF NOT renamed AND NOT altered THEN
        RETURN;
    END IF;
    IF still_captured AND renamed AND EXISTS (
        SELECT FROM daybook.captured_table k WHERE k.relid <> tell_change.relid
            AND k.definition ->> 'schema' = is_now ->> 'schema' AND k.definition ->> 'name' = is_now ->> 'name')
    THEN
        -- The name was another's, and what became of that one is not told yet: nothing goes on from there.
        PERFORM daybook.tell('capture-table', is_now, json_build_object('oid', relid::int8, 'table-def', def_now));
        UPDATE daybook.captured_table k SET load_ticket = nextval('daybook.load_ticket')
            WHERE k.relid = tell_change.relid;
    ELSIF still_captured THEN
        PERFORM daybook.tell(CASE WHEN renamed THEN 'rename-table' ELSE 'alter-table' END, is_now,
            json_strip_nulls(json_build_object('oid', relid::int8,
                'from', CASE WHEN renamed THEN format('%I.%I', was ->> 'schema', was ->> 'name') END,
                'table-def', def_now, 'was', def_was,
                'rewritten', CASE WHEN json_array_length(rewritten) > 0 THEN rewritten END)));
    END IF;
    IF renamed THEN
        PERFORM daybook.tell('rename-table', was, json_build_object('oid', relid::int8,
            'to', format('%I.%I', is_now ->> 'schema', is_now ->> 'name')));
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.tell_change(oid, jsonb, json, jsonb, json, boolean) FROM PUBLIC;

-- Tells what became of the partitions of a table that is captured. A partition that was detached is a table of its
-- own from now on, one that was attached is none any more; the rows that one brings are read with the table's.
-- PostgreSQL fires no event trigger for a TRUNCATE, and its stream has none of a partition: an empty or uncounted
-- file in place of the former one is what is left of it. That all partitions have one comes of a TRUNCATE of the table,
-- which the stream has, or of a rewriting.
CREATE OR REPLACE FUNCTION daybook.tell_partitions(
    rel oid, definition jsonb, known boolean, rewritten boolean, in_ddl boolean)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    part     record;
    is_there boolean;
    is_empty boolean;
    brought  boolean := false;
    detached oid[] := '{}';
BEGIN
    FOR part IN
        SELECT p.relid AS known, l.oid AS leaf, coalesce(l.oid, p.relid) AS relid,
               coalesce(n.nspname, p.schema_name) AS schema_name, coalesce(c.relname, p.table_name) AS table_name,
               c.relfilenode AS file
        FROM (SELECT * FROM daybook.captured_partition a WHERE a.root = rel) p
        FULL JOIN daybook.partitions_of(rel) AS l (oid) ON l.oid = p.relid
        LEFT JOIN pg_class c ON c.oid = l.oid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE p.relid IS NULL OR l.oid IS NULL
        ORDER BY p.relid IS NULL, 3
    LOOP
        IF part.leaf IS NULL THEN
            DELETE FROM daybook.captured_partition p WHERE p.relid = part.relid;
            CONTINUE WHEN NOT FOUND;
            is_there := EXISTS (SELECT FROM pg_class c WHERE c.oid = part.relid);
            PERFORM daybook.tell(CASE WHEN is_there THEN 'detach-partition' ELSE 'drop-partition' END, definition,
                json_build_object('oid', rel::int8, 'partition', format('%I.%I', part.schema_name, part.table_name)));
            IF is_there AND daybook.root_of(part.relid) <> rel THEN
                detached := detached || daybook.root_of(part.relid);
            END IF;
            CONTINUE;
        END IF;
        INSERT INTO daybook.captured_partition (relid, root, schema_name, table_name, file)
            VALUES (part.relid, rel, part.schema_name, part.table_name, part.file)
            ON CONFLICT ON CONSTRAINT captured_partition_pkey DO UPDATE SET root = excluded.root,
                schema_name = excluded.schema_name, table_name = excluded.table_name, file = excluded.file
                WHERE captured_partition.root <> excluded.root;
        CONTINUE WHEN NOT FOUND;
        IF EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = part.relid)
                AND (NOT in_ddl OR daybook.holds(part.relid, false)) THEN
            PERFORM daybook.place_table(part.relid, false, in_ddl);
        END IF;
        CONTINUE WHEN NOT known;
        is_empty := daybook.is_empty(part.relid);
        PERFORM daybook.tell('attach-partition', definition, json_build_object('oid', rel::int8,
            'partition', format('%I.%I', part.schema_name, part.table_name), 'empty', is_empty));
        brought := brought OR NOT is_empty;
    END LOOP;
    -- Its own partitions are its own by now, and each is told to be gone before.
    FOR part IN SELECT DISTINCT t AS oid FROM unnest(detached) t ORDER BY 1 LOOP
        -- One that an earlier command detached, unnoticed, this one has not locked: the connector finds it.
        IF NOT in_ddl OR daybook.holds(part.oid, false) THEN
            PERFORM daybook.place_table(part.oid, false, in_ddl);
        END IF;
    END LOOP;
    FOR part IN
        SELECT p.relid, p.schema_name, p.table_name, c.relfilenode AS file,
               NOT rewritten AND (c.reltuples < 0 OR daybook.is_empty(c.oid))
                   AND (count(*) OVER () = 1
                        OR count(*) OVER () < (SELECT count(*) FROM daybook.captured_partition a
                                               WHERE a.root = rel AND a.file <> 0))
                   AS truncated
        FROM daybook.captured_partition p JOIN pg_class c ON c.oid = p.relid
        WHERE p.root = rel AND c.relfilenode <> p.file
        ORDER BY p.relid
    LOOP
        UPDATE daybook.captured_partition p SET file = part.file WHERE p.relid = part.relid AND p.file <> part.file;
        IF FOUND AND part.truncated THEN
            PERFORM daybook.tell('truncate-partition', definition, json_build_object('oid', rel::int8,
                'partition', format('%I.%I', part.schema_name, part.table_name)));
        END IF;
    END LOOP;
    IF brought THEN
        UPDATE daybook.captured_table k SET load_ticket = nextval('daybook.load_ticket') WHERE k.relid = rel;
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.tell_partitions(oid, jsonb, boolean, boolean, boolean) FROM PUBLIC;

-- Notes that a key is a table's no longer. Who changes a table's key holds its lock: what others changed in it has a place
-- before this one in the WAL.
CREATE OR REPLACE FUNCTION daybook.note_former_key(rel oid, definition jsonb)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
    INSERT INTO daybook.former_key AS f (relid, until, key_columns)
        VALUES (rel, pg_current_wal_insert_lsn(), ARRAY(SELECT jsonb_array_elements_text(definition -> 'key')))
        ON CONFLICT DO NOTHING
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_former_key(oid, jsonb) FROM PUBLIC;

-- Whether a table is noted and published as it is, so that there is nothing to do for it. Of a table with partitions or
-- heirs that is not said: what became of those its state does not have. One statement, and so of one moment.
CREATE OR REPLACE FUNCTION daybook.is_in_place(rel oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM daybook.captured_table k
        WHERE k.relid = rel AND k.state NOT LIKE 'p%' AND k.state = daybook.state_of(rel)
          AND daybook.is_published(k) AND daybook.is_audited(rel)
          AND (k.publication = 'daybook') = daybook.has_identity(rel)
          AND (k.publication = 'daybook'
               OR EXISTS (SELECT FROM daybook.gap g WHERE g.relid = rel AND g.cause = 'no-key' AND NOT g.over))
          AND has_table_privilege('daybook_capture', rel, 'SELECT')
          AND NOT EXISTS (SELECT FROM daybook.gap g WHERE g.relid = rel AND g.cause = 'not-captured' AND NOT g.over)
          AND NOT EXISTS (SELECT FROM daybook.setting f WHERE f.name = 'full_identity' AND f.value <> ''));
END
$function$;

-- Puts one table where it belongs, and returns what it did, or null if there was nothing to do.
-- born: the table was created by this very command, so that the stream has all its rows.
-- in_ddl: the table is locked by this transaction anyway, since a command has just changed it.
CREATE OR REPLACE FUNCTION daybook.place_table(rel oid, born boolean, in_ddl boolean)
RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    t            record;
    known        daybook.captured_table;
    wanted       text;
    entry        oid;
    in_short     text;
    audited      boolean;
    intact       boolean;
    lost         boolean;
    published    boolean;
    reload       boolean := false;
    altered      boolean := false;
    done         text := '';
    unlogged     text;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' THEN
        SELECT * INTO known FROM daybook.captured_table k WHERE k.relid = rel;
    END IF;
    SELECT d.*, f.value AS full_patterns INTO t
        FROM daybook.describe(rel) d LEFT JOIN daybook.setting f ON f.name = 'full_identity';
    IF t.nspname = 'daybook' THEN
        RETURN NULL; -- ours: published as prepare.sql has it, whoever changes it
    END IF;
    IF t.oid IS NULL AND pg_relation_is_publishable(rel) THEN
        -- Made by a transaction that this one does not see: the connector places it.
        PERFORM daybook.keep_writable(rel);
        RETURN NULL;
    END IF;
    IF current_setting('transaction_isolation') = 'serializable' THEN
        -- What it would read of the captured tables, other transactions write, and one of them would be
        -- refused its commit: the connector notes what is published here.
        IF daybook.is_audited(rel) THEN
            PERFORM daybook.publish_table(rel, in_ddl);
        END IF;
        RETURN NULL;
    END IF;
    intact := known.published_as IS NULL
        OR known.publication = 'daybook' AND known.published_as = t.keyed AND NOT t.keyed_altered
        OR known.publication <> 'daybook' AND known.published_as = t.inserts AND NOT t.inserts_altered
        OR in_ddl AND known.published_as::text = ANY (string_to_array(current_setting('daybook.let_go', true), ' '));
    intact := coalesce(intact, false);
    -- Within DDL there is no telling since when; the connector finds what was noted, and tells.
    lost := known.relid IS NOT NULL AND NOT intact AND NOT in_ddl;
    -- What was captured by its name goes on so: new patterns are for align().
    audited := CASE WHEN in_ddl AND known.definition ->> 'schema' = t.nspname AND known.definition ->> 'name' = t.relname
                    THEN t.relpersistence = 'p' AND NOT t.relispartition
                    ELSE daybook.is_audited(rel) END;
    IF t.oid IS NULL OR NOT audited THEN
        IF in_ddl AND (t.keyed IS NOT NULL OR t.inserts IS NOT NULL) AND NOT daybook.holds(rel, false) THEN
            RETURN NULL; -- a schema's new name: the connector does it
        END IF;
        IF t.keyed IS NOT NULL THEN
            PERFORM daybook.unpublish(rel, 'daybook', in_ddl);
        END IF;
        IF t.inserts IS NOT NULL THEN
            PERFORM daybook.unpublish(rel, 'daybook_insert_only', in_ddl);
        END IF;
        IF known.relid IS NULL THEN
            IF t.oid IS NOT NULL THEN
                PERFORM daybook.move_gaps(rel, t.sql_name, in_ddl);
            END IF;
            PERFORM daybook.note_unlogged(rel, t.sql_name,
                CASE WHEN in_ddl THEN clock_timestamp() ELSE daybook.known_until('daybook.aligned_at') END);
            RETURN CASE WHEN t.keyed IS NOT NULL OR t.inserts IS NOT NULL
                        THEN format('%s is not to be captured: no longer published', t.sql_name) END;
        END IF;
        DELETE FROM daybook.captured_table k WHERE k.relid = rel;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        PERFORM daybook.note_former_key(rel, known.definition);
        IF t.oid IS NOT NULL AND NOT intact THEN
            PERFORM daybook.open_gap(rel, known.table_name, 'not-published', daybook.not_published(known.table_name),
                daybook.known_until('daybook.verified_at'));
        END IF;
        IF t.oid IS NULL AND in_ddl THEN
            -- What else is known of it, align() clears away.
            PERFORM daybook.tell_drop(rel, known.definition);
            RETURN NULL;
        END IF;
        DELETE FROM daybook.captured_partition p WHERE p.root = rel;
        DELETE FROM daybook.served_load v WHERE v.relid = rel;
        DELETE FROM daybook.load_attempt a WHERE a.relid = rel;
        UPDATE daybook.gap g SET over = true WHERE g.relid = rel AND NOT g.over;
        PERFORM daybook.note_unlogged(rel, t.sql_name,
            CASE WHEN in_ddl THEN clock_timestamp() ELSE daybook.known_until('daybook.verified_at') END);
        IF t.oid IS NULL THEN
            PERFORM daybook.tell_drop(rel, known.definition);
        ELSIF known.definition ->> 'schema' <> t.nspname OR known.definition ->> 'name' <> t.relname THEN
            PERFORM daybook.tell_change(rel, known.definition, known.table_def, t.definition, t.table_def, false);
        ELSE
            PERFORM daybook.tell('release-table', known.definition, json_build_object('oid', rel::int8));
        END IF;
        RETURN format('%s is no longer captured', known.table_name);
    END IF;

    wanted := CASE WHEN CASE WHEN t.relkind = 'r' AND t.relreplident <> 'f' THEN t.key_columns <> '{}'
                             ELSE daybook.has_identity(rel) END
                   THEN 'daybook' ELSE 'daybook_insert_only' END;
    -- Most commands leave a table in the publication where it belongs.
    published := NOT in_ddl OR NOT daybook.reads_the_present() OR t.full_patterns <> '' OR t.keyed_altered OR t.inserts_altered
            OR wanted = 'daybook' AND (t.keyed IS NULL OR t.inserts IS NOT NULL)
            OR wanted <> 'daybook' AND (t.keyed IS NOT NULL OR t.inserts IS NULL);
    IF in_ddl AND t.full_patterns = '' AND t.keyed IS NULL AND t.inserts IS NULL
            AND (born OR daybook.holds(rel, false)) THEN
        PERFORM daybook.lock_publications(true);
        EXECUTE format('ALTER PUBLICATION %I ADD TABLE ONLY %s', wanted, rel::regclass);
        PERFORM daybook.let_read(rel);
    ELSIF published THEN
        SELECT p.publication, p.done INTO wanted, done FROM daybook.publish_table(rel, in_ddl) AS p;
    END IF;

    IF known.relid IS NULL THEN
        -- Of a table that had the name until a command that could not say so, that is told first: told later, it would
        -- end this one's rows.
        PERFORM daybook.place_table(k.relid, false, in_ddl)
            FROM daybook.captured_table k WHERE k.table_name = t.sql_name AND k.relid <> rel;
        -- Told again from here on, the end of the table that had the name before would end this one's rows.
        DELETE FROM daybook.told_end e WHERE e.schema_name = t.nspname AND e.table_name = t.relname;
        INSERT INTO daybook.captured_table (relid, table_name, publication, key_columns, load_ticket, published_as,
                definition, table_def, state)
            VALUES (rel, t.sql_name, wanted, t.key_columns,
                    CASE WHEN born AND daybook.is_empty(rel) THEN 0 ELSE nextval('daybook.load_ticket') END,
                    daybook.published_as(rel, wanted), t.definition, t.table_def, daybook.state_of(rel));
        PERFORM daybook.tell(CASE WHEN born THEN 'create-table' ELSE 'capture-table' END, t.definition,
            json_build_object('oid', rel::int8, 'table-def', t.table_def));
        done := done || ', captured from now on';
        IF NOT born THEN
            -- One that is published already was so from its first change on, in a transaction that could not say so: where
            -- the event triggers fire.
            IF NOT in_ddl AND (t.keyed IS NULL AND t.inserts IS NULL OR NOT daybook.triggers_fire()) THEN
                PERFORM daybook.note_uncaptured(rel, t.sql_name, 'it was made without the capture''s knowing',
                    daybook.known_until('daybook.aligned_at'));
            END IF;
            UPDATE daybook.gap g SET over = true WHERE g.relid = rel AND NOT g.over;
        END IF;
    ELSE
        IF NOT in_ddl THEN
            -- Noted by a look at the tables while the command that had this one captured had not committed.
            UPDATE daybook.gap g SET over = true WHERE g.relid = rel AND g.cause = 'not-captured' AND NOT g.over;
            IF FOUND THEN
                UPDATE daybook.captured_table k SET load_ticket = nextval('daybook.load_ticket') WHERE k.relid = rel;
            END IF;
        END IF;
        IF known.table_name <> t.sql_name OR known.publication <> wanted OR known.key_columns <> t.key_columns THEN
            -- Rows recorded without this key, or whose updates were not published, are read again.
            reload := (t.key_columns <> '{}' AND known.key_columns <> t.key_columns
                       OR wanted = 'daybook' AND known.publication <> 'daybook') AND NOT daybook.is_empty(rel);
            done := done || ', key noted';
        END IF;
        IF known.table_name <> t.sql_name THEN
            DELETE FROM daybook.told_end e WHERE e.schema_name = t.nspname AND e.table_name = t.relname;
            IF in_ddl AND NOT intact THEN
                -- What it missed, it missed under its former name.
                PERFORM daybook.open_gap(rel, known.table_name, 'not-published', daybook.not_published(known.table_name),
                    daybook.known_until('daybook.verified_at'));
            END IF;
            PERFORM daybook.move_gaps(rel, t.sql_name, in_ddl);
        END IF;
        in_short := daybook.state_of(rel);
        entry := CASE WHEN NOT intact AND NOT lost THEN known.published_as
                             WHEN published THEN daybook.published_as(rel, wanted)
                             WHEN wanted = 'daybook' THEN t.keyed ELSE t.inserts END;
        IF (known.table_name, known.publication, known.key_columns, known.published_as, known.definition, known.state)
                IS DISTINCT FROM (t.sql_name, wanted, t.key_columns, entry, t.definition, in_short) THEN
            -- Of two sessions that notice the same, the one that notes it tells it.
            UPDATE daybook.captured_table k
                SET table_name = t.sql_name, publication = wanted, key_columns = t.key_columns,
                    load_ticket = CASE WHEN reload THEN nextval('daybook.load_ticket') ELSE k.load_ticket END,
                    published_as = entry, definition = t.definition, table_def = t.table_def,
                    state = in_short
                WHERE k.relid = rel AND k.definition IS NOT DISTINCT FROM known.definition;
            altered := FOUND AND known.definition IS DISTINCT FROM t.definition;
            -- Outside DDL there is no telling since when it has the other key.
            IF altered AND in_ddl AND known.definition -> 'key' <> t.definition -> 'key' THEN
                PERFORM daybook.note_former_key(rel, known.definition);
            END IF;
        END IF;
    END IF;
    IF lost THEN
        PERFORM daybook.open_gap(rel, t.sql_name, 'not-published', daybook.not_published(t.sql_name),
            daybook.known_until('daybook.verified_at'));
        PERFORM daybook.end_gap(rel, 'not-published');
        -- What was known of its rows ends with the gap.
        PERFORM daybook.tell('capture-table', t.definition,
            json_build_object('oid', rel::int8, 'table-def', t.table_def));
        UPDATE daybook.captured_table k SET load_ticket = nextval('daybook.load_ticket') WHERE k.relid = rel;
        done := done || ', to be read again, because somebody else had altered its publication';
    END IF;
    IF wanted = 'daybook' THEN
        IF known.publication <> wanted THEN
            PERFORM daybook.end_gap(rel, 'no-key');
        END IF;
    ELSIF NOT in_ddl OR known.relid IS NULL OR known.publication <> wanted THEN
        PERFORM daybook.open_gap(rel, t.sql_name, 'no-key',
            format('%s has no key%s: its updates and deletes are not recorded. Give it a primary key, or run '
                   'ALTER TABLE %s REPLICA IDENTITY FULL.', t.sql_name,
                   CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = rel AND i.indisprimary)
                        THEN ' that the write-ahead log has' ELSE '' END, t.sql_name),
            CASE WHEN known.publication = wanted THEN known.added_at
                 WHEN in_ddl OR known.relid IS NULL THEN clock_timestamp()
                 ELSE coalesce(daybook.known_until('daybook.verified_at'), clock_timestamp()) END);
    END IF;
    IF altered THEN
        PERFORM daybook.tell_change(rel, known.definition, known.table_def, t.definition, t.table_def, true);
    END IF;
    IF t.relkind = 'p' THEN
        unlogged := (SELECT min(format('%I.%I', n.nspname, c.relname))
                     FROM daybook.leaves_of(rel) l JOIN pg_class c ON c.oid = l AND c.relpersistence = 'u'
                     JOIN pg_namespace n ON n.oid = c.relnamespace);
        IF unlogged IS NULL THEN
            PERFORM daybook.end_gap(rel, 'unlogged');
        ELSE
            PERFORM daybook.open_gap(rel, t.sql_name, 'unlogged',
                format('The partition %s of %s is unlogged: its changes are not in the write-ahead log. SET LOGGED has it '
                       'read and captured.', unlogged, t.sql_name),
                CASE WHEN in_ddl THEN clock_timestamp()
                     ELSE coalesce(daybook.known_until('daybook.aligned_at'), clock_timestamp()) END);
        END IF;
        PERFORM daybook.tell_partitions(rel, t.definition, known.relid IS NOT NULL,
            known.definition -> 'columns' IS DISTINCT FROM t.definition -> 'columns', in_ddl);
    END IF;
    RETURN CASE WHEN done <> '' THEN t.sql_name || ': ' || substr(done, 3) END;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.place_table(oid, boolean, boolean) FROM PUBLIC;

-- The same where there is anything to do, and the event triggers do not follow it. Said in the function's body: as a
-- clause of the function, only a superuser may set a parameter that the server does not know.
CREATE OR REPLACE FUNCTION daybook.align_table(rel oid)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    before text := coalesce(current_setting('daybook.following', true), '');
    done   text;
BEGIN
    IF daybook.is_in_place(rel) THEN
        RETURN NULL;
    END IF;
    -- What a command is changing, it notes itself; what it has changed between two statements of ours is in place now. Only
    -- where that can be told: commands wait for the lock on the note, which is held until all tables have been looked at.
    IF EXISTS (SELECT FROM daybook.captured_table k JOIN daybook.setting f ON f.name = 'full_identity' AND f.value = ''
               WHERE k.relid = rel AND k.state NOT LIKE 'p%') THEN
        PERFORM FROM daybook.captured_table k WHERE k.relid = rel FOR UPDATE SKIP LOCKED;
        IF NOT FOUND OR daybook.is_in_place(rel) THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM set_config('daybook.following', daybook.own_mark(), true);
    done := daybook.place_table(rel, false, false);
    -- An error takes it back by itself.
    PERFORM set_config('daybook.following', before, true);
    RETURN done;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.align_table(oid) FROM PUBLIC;

-- Tables that an earlier version captured: what they are by now is where their changes begin.
UPDATE daybook.captured_table k SET definition = coalesce(d.definition, jsonb_build_object(
        'schema', (parse_ident(k.table_name))[1], 'name', (parse_ident(k.table_name))[2], 'columns', '{}'::jsonb,
        'key', '[]'::jsonb))
    FROM daybook.captured_table c LEFT JOIN LATERAL daybook.describe(c.relid) d ON true
    WHERE c.relid = k.relid AND k.definition IS NULL;
UPDATE daybook.captured_table k SET table_def = json_build_object(
        'columns', coalesce((
            SELECT json_object_agg(c.key, json_build_object('number', c.value -> 'number',
                'postgres-type', c.value -> 'type', 'nullable', c.value -> 'nullable')
                ORDER BY (c.value ->> 'number')::int)
            FROM jsonb_each(k.definition -> 'columns') AS c), '{}'),
        'primary-key', k.definition -> 'key')
    WHERE k.table_def IS NULL;
-- The files of a partitioned table are its partitions' alone.
UPDATE daybook.captured_table k SET definition = jsonb_set(k.definition, '{file}', '0')
    FROM pg_class c
    WHERE c.oid = k.relid AND c.relkind = 'p' AND k.definition -> 'file' <> '0';
INSERT INTO daybook.captured_partition (relid, root, schema_name, table_name, file)
    SELECT c.oid, k.relid, n.nspname, c.relname, c.relfilenode
    FROM daybook.captured_table k JOIN pg_class r ON r.oid = k.relid AND r.relkind = 'p'
    CROSS JOIN LATERAL daybook.partitions_of(k.relid) t JOIN pg_class c ON c.oid = t
    JOIN pg_namespace n ON n.oid = c.relnamespace
    -- An earlier version knew of none that has partitions itself.
    WHERE c.relkind = 'p' OR NOT EXISTS (SELECT FROM daybook.captured_partition p WHERE p.root = k.relid)
    ON CONFLICT DO NOTHING;

-- Puts a publication right that somebody altered, and notes what was missed: of any table, for one may be gone by now,
-- or be in the other publication. The one for inserts has our own tables: without them the log lacks who and why, and
-- what became of tables.
CREATE OR REPLACE FUNCTION daybook.mend_publication(publication name)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    before text := coalesce(current_setting('daybook.following', true), '');
BEGIN
    PERFORM set_config('daybook.following', daybook.own_mark(), true);
    PERFORM daybook.put_publication_right(publication);
    PERFORM daybook.note_publication(publication);
    PERFORM set_config('daybook.following', before, true);
    IF EXISTS (SELECT FROM daybook.capture_slot o WHERE o.start_lsn <> '0/0') THEN
        INSERT INTO daybook.gap (cause, reason, from_at, over)
            VALUES ('not-published', format('The publication %s was altered: %s may be missing. Leave the publications '
                    'daybook and daybook_insert_only to Daybook.', publication,
                    CASE publication WHEN 'daybook' THEN 'changes of tables with a key' ELSE 'who changed what and why, '
                    'what became of tables, and rows of tables without a key' END),
                    daybook.known_until('daybook.verified_at'), true);
        PERFORM daybook.reload_all();
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.mend_publication(name) FROM PUBLIC;

-- Notes that the event triggers were altered: what becomes of tables is not told while one is off, and tables that come
-- and go between two looks are never seen.
CREATE OR REPLACE FUNCTION daybook.note_triggers()
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    state text := daybook.trigger_state();
BEGIN
    UPDATE daybook.setting s SET value = state WHERE s.name = 'event triggers' AND s.value <> state;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM daybook.capture_slot o WHERE o.start_lsn <> '0/0') THEN
        RETURN;
    END IF;
    INSERT INTO daybook.gap (cause, reason, from_at)
        SELECT 'not-captured', 'An event trigger of the capture was switched off or altered: what became of tables '
               'meanwhile, and changes of those that were made or renamed, may be missing. Leave the event triggers '
               'daybook_after_ddl and daybook_after_drop to Daybook, or have them enabled always.',
               daybook.known_until('daybook.verified_at')
        WHERE NOT EXISTS (SELECT FROM daybook.gap g WHERE g.relid IS NULL AND g.cause = 'not-captured' AND g.to_at IS NULL);
    UPDATE daybook.gap g
        SET ends_behind = CASE WHEN daybook.triggers_fire() THEN pg_snapshot_xmax(pg_current_snapshot()) END
        WHERE g.relid IS NULL AND g.cause = 'not-captured' AND g.to_at IS NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_triggers() FROM PUBLIC;

-- Makes the publications match the patterns and returns what it changed. It waits for no lock longer
-- than a moment, so as not to make the application queue behind it: a table that it could not have
-- is reported, and done when align is called again.
CREATE OR REPLACE FUNCTION daybook.align()
RETURNS TABLE (table_name text, outcome text, ok boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' SET plan_cache_mode = force_generic_plan SET jit = off
AS $function$
DECLARE
    t record;
    p name;
BEGIN
    -- What a table that is gone, or is left out now, would have missed, nobody asks for; one that is a partition now is
    -- captured as its table.
    UPDATE daybook.gap g SET over = true
        WHERE NOT g.over AND g.relid IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                          WHERE c.oid = g.relid AND NOT c.relispartition
                            AND daybook.matches(n.nspname || '.' || c.relname,
                              (SELECT s.value FROM daybook.setting s WHERE s.name = 'tables')));
    -- What is known of tables that are not captured any more.
    DELETE FROM daybook.captured_partition a
        WHERE NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = a.root);
    DELETE FROM daybook.served_load v
        WHERE NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = v.relid);
    DELETE FROM daybook.load_attempt a
        WHERE NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = a.relid);
    DELETE FROM daybook.defined_table d
        WHERE NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = d.relid);
    DELETE FROM daybook.told_drop d
        WHERE NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = d.relid);
    -- No slot sends anything from before its restart_lsn.
    DELETE FROM daybook.former_key f
        WHERE f.until < (SELECT min(r.restart_lsn) FROM pg_replication_slots r JOIN daybook.capture_slot s ON s.slot = r.slot_name);
    FOR p IN SELECT daybook.altered_publications() LOOP
        BEGIN
            PERFORM daybook.mend_publication(p);
        EXCEPTION WHEN OTHERS THEN
            -- Somebody's open transaction holds a table's row, say: it is put right when this is called again.
            align.table_name := p;
            align.ok := false;
            align.outcome := SQLERRM;
            RETURN NEXT;
        END;
    END LOOP;
    PERFORM daybook.note_triggers();
    -- What was not published is told again once its gap has ended. A transaction that makes a table of such a name has
    -- its row until it ends.
    DELETE FROM daybook.told_end d
        WHERE d.id IN (
            SELECT e.id FROM daybook.told_end e
            WHERE e.seen_at < (SELECT min(coalesce(c.confirmed_lsn, c.start_lsn)) FROM daybook.capture_slot c)
              AND NOT EXISTS (SELECT FROM daybook.gap g WHERE g.relid IS NULL AND g.to_at IS NULL)
              AND NOT EXISTS (SELECT FROM daybook.altered_publications())
            FOR UPDATE SKIP LOCKED);
    UPDATE daybook.told_end d SET seen_at = pg_current_wal_insert_lsn()
        WHERE d.id IN (SELECT e.id FROM daybook.told_end e WHERE e.seen_at IS NULL FOR UPDATE SKIP LOCKED);
    PERFORM daybook.let_use(n.oid) FROM pg_namespace n
        WHERE n.nspname NOT LIKE E'pg\\_%' AND NOT has_schema_privilege('daybook_capture', n.oid, 'USAGE')
        ORDER BY n.oid;
    FOR t IN
        SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS sql_name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence IN ('p', 'u') AND NOT c.relispartition
          AND n.nspname NOT LIKE E'pg\\_%' AND n.nspname NOT IN ('information_schema', 'daybook')
        UNION
        SELECT k.relid, k.table_name FROM daybook.captured_table k
        UNION
        -- What is published although it is not to be, such as the children of a table once added with them.
        SELECT c.oid, format('%I.%I', n.nspname, c.relname)
        FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
        JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE p.pubname IN ('daybook', 'daybook_insert_only') AND n.nspname <> 'daybook'
        -- A table that is gone before one that has its name.
        ORDER BY 2, 1
    LOOP
        BEGIN
            align.table_name := t.sql_name;
            align.ok := true;
            align.outcome := daybook.align_table(t.oid);
            IF align.outcome IS NOT NULL THEN
                RETURN NEXT;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            align.ok := false;
            align.outcome := SQLERRM;
            RETURN NEXT;
            BEGIN
                PERFORM daybook.note_unfollowed(t.oid, t.sql_name, SQLERRM, daybook.known_until('daybook.aligned_at'));
            EXCEPTION WHEN lock_not_available THEN
                -- Noted when this is called again; a transaction that is still open holds the table.
                NULL;
            END;
        END;
    END LOOP;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.align() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.align() TO daybook_capture;

-- Tells in a slot's stream how the tables are defined that were captured before the slot was made, and returns
-- whether any is left. A table that a command is changing is left for the next call: its definition is locked, and
-- no older one may be told behind a newer one.
CREATE OR REPLACE FUNCTION daybook.define_tables(slot text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT k.relid, k.definition, k.table_def
        FROM daybook.captured_table k
        WHERE NOT EXISTS (SELECT FROM daybook.defined_table d WHERE d.slot = define_tables.slot AND d.relid = k.relid)
          AND EXISTS (SELECT FROM daybook.capture_slot s
                      WHERE s.slot = define_tables.slot AND pg_visible_in_snapshot(k.added_xid, s.snapshot))
        ORDER BY k.relid LIMIT 100
        FOR SHARE OF k SKIP LOCKED
    LOOP
        INSERT INTO daybook.defined_table (slot, relid) VALUES (define_tables.slot, t.relid);
        PERFORM daybook.tell('define-table', t.definition,
            json_build_object('oid', t.relid::int8, 'table-def', t.table_def));
    END LOOP;
    RETURN EXISTS (
        SELECT FROM daybook.captured_table k JOIN daybook.capture_slot s
            ON s.slot = define_tables.slot AND pg_visible_in_snapshot(k.added_xid, s.snapshot)
        WHERE NOT EXISTS (SELECT FROM daybook.defined_table d WHERE d.slot = s.slot AND d.relid = k.relid));
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.define_tables(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.define_tables(text) TO daybook_capture;

-- A number that is another one whenever align() may have something to do. Cheap, to be asked often.
CREATE OR REPLACE FUNCTION daybook.fingerprint()
RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT coalesce(sum(hashtextextended(line, 0)), 0) FROM (
        SELECT concat_ws(' ', 'c', c.oid, c.relname, c.relnamespace, c.relkind, c.relpersistence,
                         c.relispartition, c.relreplident)
        FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 'i', i.indexrelid, i.indrelid, i.indisprimary, i.indisreplident, i.indisvalid,
                         i.indimmediate)
        FROM pg_index i WHERE i.indrelid >= 16384 AND (i.indisprimary OR i.indisreplident)
        UNION ALL
        SELECT concat_ws(' ', 'g', a.attrelid, a.attnum, a.attgenerated)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relreplident = 'f' AND c.oid >= 16384 AND a.attgenerated <> '' AND NOT a.attisdropped
        UNION ALL
        SELECT concat_ws(' ', 'f', p.relid, p.file, c.relfilenode)
        FROM daybook.captured_partition p JOIN pg_class c ON c.oid = p.relid
        UNION ALL
        -- Where no event trigger follows them: the columns of the captured tables.
        SELECT concat_ws(' ', 'a', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped)
        FROM daybook.captured_table k JOIN pg_attribute a ON a.attrelid = k.relid AND a.attnum > 0
        UNION ALL
        SELECT concat_ws(' ', 'p', r.prpubid, r.prrelid) FROM pg_publication_rel r
        UNION ALL
        SELECT concat_ws(' ', 'P', p.oid, p.xmin) FROM pg_publication p
        UNION ALL
        SELECT concat_ws(' ', 'N', n.pnpubid, n.pnnspid) FROM pg_publication_namespace n
        UNION ALL
        SELECT concat_ws(' ', 'h', h.inhrelid, h.inhparent) FROM pg_inherits h
        UNION ALL
        SELECT concat_ws(' ', 'n', n.oid, n.nspname) FROM pg_namespace n WHERE n.oid >= 16384
        UNION ALL
        SELECT concat_ws(' ', 's', s.name, s.value) FROM daybook.setting s
        UNION ALL
        SELECT concat_ws(' ', 't', k.relid, k.publication, k.key_columns) FROM daybook.captured_table k
        UNION ALL
        SELECT concat_ws(' ', 'm', g.id) FROM daybook.gap g WHERE g.relid IS NOT NULL AND NOT g.over
        UNION ALL
        SELECT concat_ws(' ', 'e', e.id, e.seen_at) FROM daybook.told_end e
        WHERE coalesce(e.seen_at < (SELECT min(coalesce(c.confirmed_lsn, c.start_lsn)) FROM daybook.capture_slot c), true)
    ) AS lines (line)
$function$;
REVOKE EXECUTE ON FUNCTION daybook.fingerprint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.fingerprint() TO daybook_capture;

-- The table that a partition belongs to, or the table itself: a partition is captured as its table. Where this transaction
-- reads what was, the server's own function knows what is: others may have detached it since.
CREATE OR REPLACE FUNCTION daybook.root_of(rel oid)
RETURNS oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    parent oid;
BEGIN
    IF NOT daybook.reads_the_present() THEN
        RETURN coalesce(pg_partition_root(rel), rel);
    END IF;
    LOOP
        parent := (SELECT h.inhparent FROM pg_class c JOIN pg_inherits h ON h.inhrelid = c.oid
                   WHERE c.oid = rel AND c.relispartition ORDER BY h.xmax <> 0, c.xmax <> 0 LIMIT 1);
        EXIT WHEN parent IS NULL;
        rel := parent;
    END LOOP;
    RETURN rel;
END
$function$;

-- Whether a table follows its root, which is published, as it is: a partition that PostgreSQL accepts updates
-- and deletes of. The other partitions need then not be looked at, however many they are.
CREATE OR REPLACE FUNCTION daybook.is_settled(rel oid, root oid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN rel <> root
        AND EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                    WHERE r.prrelid = root AND p.pubname = 'daybook')
        AND NOT EXISTS (SELECT FROM daybook.setting s WHERE s.name = 'full_identity' AND s.value <> '')
        AND NOT EXISTS (SELECT FROM daybook.leaves_of(rel) l JOIN pg_class c ON c.oid = l WHERE c.relpersistence = 'u')
        AND daybook.can_identify(ARRAY(SELECT t FROM daybook.leaves_of(rel) t),
                                 daybook.key_names(root));
END
$function$;

-- Lets the publication of tables without identity publish no updates and deletes, whatever it was told.
CREATE OR REPLACE FUNCTION daybook.keep_insert_only()
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    before text := coalesce(current_setting('daybook.following', true), '');
BEGIN
    IF EXISTS (SELECT FROM pg_publication p
               WHERE p.pubname = 'daybook_insert_only' AND (p.pubupdate OR p.pubdelete)) THEN
        PERFORM set_config('daybook.following', daybook.own_mark(), true);
        ALTER PUBLICATION daybook_insert_only SET (publish = 'insert, truncate');
        PERFORM set_config('daybook.following', before, true);
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.keep_insert_only() FROM PUBLIC;

-- Aligns a table after a DDL command. Nothing that goes wrong here reaches the application, the end of
-- its statement_timeout included: it is a warning, and the connector aligns the table soon.
CREATE OR REPLACE FUNCTION daybook.follow(rel oid, born boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    before text;
BEGIN
    -- The event triggers do not follow what it does; an error takes this back by itself. Assigned, for an expression
    -- is evaluated without a statement.
    before := set_config('daybook.following', daybook.own_mark(), true);
    before := daybook.place_table(rel, born, true);
    IF NOT daybook.reads_the_present() THEN
        -- What it has read may be old.
        PERFORM daybook.keep_writable(rel);
    END IF;
    before := set_config('daybook.following', '', true);
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE LOG 'daybook: % is not captured yet: %', rel::regclass, SQLERRM;
    PERFORM daybook.keep_writable(rel);
    IF daybook.reads_the_present() THEN
        BEGIN
            PERFORM daybook.note_unfollowed(rel, rel::regclass::text, SQLERRM, clock_timestamp());
        EXCEPTION WHEN query_canceled OR OTHERS THEN
            -- The connector finds the table, and notes since when it has looked.
            NULL;
        END;
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.follow(oid, boolean) FROM PUBLIC;

-- Notes a partition that a command has made, with which nothing else needs to be done.
CREATE OR REPLACE FUNCTION daybook.note_partition(rel oid, root oid)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    part record;
BEGIN
    -- In a SERIALIZABLE transaction what is read here may refuse another one its commit: the connector notes them.
    IF current_setting('transaction_isolation') = 'serializable' THEN
        RETURN;
    END IF;
    SELECT k.definition, n.nspname, c.relname, c.relfilenode AS file INTO part
        FROM daybook.captured_table k JOIN pg_class c ON c.oid = rel AND (c.relkind = 'p' OR c.relkind = 'r' AND c.relpersistence = 'p')
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.relid = note_partition.root;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO daybook.captured_partition (relid, root, schema_name, table_name, file)
        VALUES (rel, note_partition.root, part.nspname, part.relname, part.file)
        ON CONFLICT ON CONSTRAINT captured_partition_pkey DO NOTHING;
    IF FOUND THEN
        PERFORM daybook.tell('attach-partition', part.definition, json_build_object('oid', note_partition.root::int8,
            'partition', format('%I.%I', part.nspname, part.relname), 'empty', true));
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_partition(oid, oid) FROM PUBLIC;

-- Tells that a table or a partition was dropped; of the partitions of a table that is gone too, its own word is
-- enough. What else is known of it, align() clears away. The entries are those of publications that went with it: one
-- that somebody had taken out before has missed changes. A table that was published and is not noted, or under another
-- name, a SERIALIZABLE transaction made or renamed: the log has its rows under this name.
DROP FUNCTION IF EXISTS daybook.note_drop(oid);
DROP FUNCTION IF EXISTS daybook.note_drop(oid, oid[]);
CREATE OR REPLACE FUNCTION daybook.note_drop(rel oid, schema_name text, name text, published boolean, entries oid[])
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    gone record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' THEN
        DELETE FROM daybook.captured_table k WHERE k.relid = rel
            RETURNING k.definition, k.table_name, k.published_as INTO gone;
        IF FOUND THEN
            IF NOT gone.published_as = ANY (entries) THEN
                PERFORM daybook.open_gap(rel, gone.table_name, 'not-published', daybook.not_published(gone.table_name),
                    daybook.known_until('daybook.verified_at'));
                PERFORM daybook.end_gap(rel, 'not-published');
            END IF;
            PERFORM daybook.note_former_key(rel, gone.definition);
            PERFORM daybook.tell('drop-table', gone.definition, json_build_object('oid', rel::int8));
            published := published AND gone.table_name <> format('%I.%I', schema_name, name);
        ELSE
            DELETE FROM daybook.captured_partition p WHERE p.relid = rel RETURNING * INTO gone;
            IF FOUND THEN
                PERFORM daybook.tell('drop-partition', k.definition, json_build_object('oid', gone.root::int8,
                        'partition', format('%I.%I', gone.schema_name, gone.table_name)))
                    FROM daybook.captured_table k JOIN pg_class c ON c.oid = k.relid WHERE k.relid = gone.root;
                RETURN;
            END IF;
        END IF;
    END IF;
    IF published THEN
        INSERT INTO daybook.told_drop (relid, schema_name, table_name)
            SELECT rel, note_drop.schema_name, name WHERE NOT daybook.reads_the_present();
        PERFORM daybook.tell('drop-table', jsonb_build_object('schema', schema_name, 'name', name),
            json_build_object('oid', rel::int8));
    END IF;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE LOG 'daybook: that table % is gone is not noted yet: %', rel, SQLERRM;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.note_drop(oid, text, text, boolean, oid[]) FROM PUBLIC;

-- Called in the transaction of each DDL command, so that a new table is captured from its first row
-- and a table that loses its key is never refused an update. It looks at the tables of the command alone.
CREATE OR REPLACE FUNCTION daybook.after_ddl()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '20ms' SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off
AS $function$
DECLARE
    d        record;
    rel      oid;
    root     oid;
    followed oid[] := '{}';
BEGIN
    IF current_setting('daybook.following', true) <> '' AND current_setting('daybook.following', true) = daybook.own_mark() THEN
        RETURN;
    END IF;
    IF tg_tag IN ('CREATE PUBLICATION', 'ALTER PUBLICATION') THEN
        -- Of the tables with a full identity, those that a publication may refuse for it.
        PERFORM daybook.identify_by_key(t.root)
            FROM (SELECT DISTINCT daybook.root_of(c.oid) AS root
                  FROM pg_class c
                  WHERE c.relkind = 'r' AND c.relreplident = 'f' AND c.oid >= 16384
                    AND EXISTS (SELECT FROM daybook.setting f WHERE f.name = 'full_identity' AND f.value <> '')
                    AND (EXISTS (SELECT FROM pg_publication_rel r
                                 WHERE r.prattrs IS NOT NULL
                                   AND (r.prrelid = c.oid
                                        OR c.relispartition AND r.prrelid IN (SELECT a FROM pg_partition_ancestors(c.oid) a)))
                         OR EXISTS (SELECT FROM pg_attribute a
                                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated <> ''))) AS t
            JOIN pg_class c ON c.oid = t.root JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN daybook.setting f ON f.name = 'full_identity'
            WHERE daybook.matches(n.nspname || '.' || c.relname, f.value);
    END IF;
    IF tg_tag = 'CREATE PUBLICATION' THEN
        RETURN;
    ELSIF tg_tag = 'ALTER PUBLICATION' THEN
        PERFORM daybook.keep_insert_only();
        PERFORM daybook.keep_schemas_out('daybook');
        PERFORM daybook.keep_schemas_out('daybook_insert_only');
        -- Updates that PostgreSQL refuses may be published by hand.
        FOR rel IN
            SELECT r.prrelid FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
            WHERE p.pubname = 'daybook'
              AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL OR NOT daybook.has_identity(r.prrelid))
        LOOP
            PERFORM daybook.follow(daybook.root_of(rel), false);
        END LOOP;
        RETURN;
    ELSIF tg_tag IN ('CREATE SCHEMA', 'ALTER SCHEMA') THEN
        PERFORM daybook.let_use(n.objid) FROM pg_event_trigger_ddl_commands() n
            WHERE n.classid = 'pg_namespace'::regclass;
    END IF;
    IF tg_tag = 'ALTER SCHEMA' THEN
        -- A schema's new name is one of its tables too.
        FOR rel IN
            SELECT c.oid FROM pg_class c
            WHERE c.relnamespace IN (SELECT n.objid FROM pg_event_trigger_ddl_commands() n
                                     WHERE n.classid = 'pg_namespace'::regclass)
              AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        LOOP
            PERFORM daybook.follow(rel, false);
        END LOOP;
        RETURN;
    END IF;
    -- Each is looked up by itself: of how many objects a command is, the planner guesses too many. A table that is
    -- still as it was noted is left out by the same statement; of a partitioned one or a parent its state does not say
    -- what became of its partitions or heirs. A transaction that does not see the present does not ask: what it reads may
    -- be old, and a SERIALIZABLE one would conflict on what is noted.
    FOR d IN
        SELECT t.rel, t.born,
               (SELECT CASE WHEN c.relispartition THEN 'partition' WHEN c.relkind = 'r' AND c.relhassubclass THEN 'parent' END
                FROM pg_class c WHERE c.oid = t.rel ORDER BY c.xmax <> 0 LIMIT 1) AS part
        FROM (
            SELECT CASE c.object_type WHEN 'index' THEN (SELECT i.indrelid FROM pg_index i WHERE i.indexrelid = c.objid LIMIT 1)
                        ELSE c.objid END AS rel,
                   c.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') AS born
            FROM pg_event_trigger_ddl_commands() c
            WHERE c.classid = 'pg_class'::regclass AND NOT c.in_extension AND c.schema_name <> 'pg_temp'
              AND (c.object_type IN ('table', 'table column', 'foreign table')
                   OR c.object_type = 'index' AND tg_tag = 'ALTER INDEX')) AS t
        WHERE CASE WHEN t.born OR NOT daybook.reads_the_present() THEN true
                   ELSE NOT EXISTS (SELECT FROM daybook.captured_table k
                                    WHERE k.relid = t.rel AND k.state NOT LIKE 'p%' AND k.state = daybook.state_of(t.rel))
              END
    LOOP
        rel := d.rel;
        root := CASE WHEN d.part = 'partition' THEN daybook.root_of(rel) ELSE rel END;
        IF d.born AND rel <> root THEN
            PERFORM daybook.note_partition(rel, root);
        END IF;
        IF NOT root = ANY (followed) AND (rel = root OR NOT daybook.is_settled(rel, root)) THEN
            followed := followed || root;
            PERFORM daybook.follow(root, d.born AND rel = root);
        END IF;
        IF rel <> root AND NOT daybook.reads_the_present() THEN
            -- Others may have detached it since: then it is published for itself.
            PERFORM daybook.keep_writable(rel);
        END IF;
        IF d.part = 'parent' THEN
            -- The command's objects are the parent alone, and what it altered are its heirs too.
            FOR rel IN
                WITH RECURSIVE heirs AS (
                    SELECT h.inhrelid AS oid FROM pg_inherits h WHERE h.inhparent = d.rel
                    UNION
                    SELECT h.inhrelid FROM heirs JOIN pg_inherits h ON h.inhparent = heirs.oid)
                SELECT e.oid FROM heirs e
                WHERE CASE WHEN NOT daybook.reads_the_present() THEN true
                           ELSE NOT EXISTS (SELECT FROM daybook.captured_table k
                                            WHERE k.relid = e.oid AND k.state = daybook.state_of(e.oid)) END
            LOOP
                IF NOT rel = ANY (followed) THEN
                    followed := followed || rel;
                    PERFORM daybook.follow(rel, false);
                END IF;
            END LOOP;
        END IF;
    END LOOP;
    IF NOT daybook.reads_the_present() AND tg_tag = 'ALTER TABLE' THEN
        -- The command's objects are a parent alone, and heirs that others have made since are in no catalog that this
        -- transaction reads: what it has locked.
        FOR rel IN
            SELECT l.relation FROM pg_locks l
            WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
              AND l.database = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
              AND l.relation >= 16384 AND NOT l.relation = ANY (followed) AND pg_relation_is_publishable(l.relation)
              AND pg_get_replica_identity_index(l.relation) IS NULL
              AND (NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = l.relation) OR daybook.is_audited(daybook.root_of(l.relation)))
              AND NOT EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                              WHERE r.prrelid = l.relation AND p.pubname = 'daybook_insert_only')
        LOOP
            PERFORM daybook.keep_writable(rel);
        END LOOP;
    END IF;
    IF current_setting('daybook.to_follow', true) <> '' THEN
        BEGIN
            FOREACH rel IN ARRAY string_to_array(current_setting('daybook.to_follow', true), ' ')::oid[] LOOP
                root := daybook.root_of(rel);
                IF NOT root = ANY (followed) THEN
                    PERFORM daybook.follow(root, false);
                END IF;
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            -- Not as before_ddl left it: what was followed above stays so.
            RAISE LOG 'daybook: could not follow what was let go: %', SQLERRM;
        END;
        PERFORM set_config('daybook.to_follow', '', true);
    END IF;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE LOG 'daybook: could not follow this command: %', SQLERRM;
END
$function$;

-- Called when anything was dropped, whatever the command: says in the stream that a table is gone, and
-- follows the loss of a key that went with a type, a function or an index.
CREATE OR REPLACE FUNCTION daybook.after_drop()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '20ms' SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off
AS $function$
DECLARE
    d       record;
    root    oid;
    indexes text[] := '{}';
    seen    oid[] := '{}';
    entries oid[] := '{}';
    ours    text[] := '{}';
BEGIN
    IF current_setting('daybook.following', true) <> '' AND current_setting('daybook.following', true) = daybook.own_mark() THEN
        RETURN;
    END IF;
    FOR d IN
        SELECT o.objid, o.object_type, o.schema_name, o.object_name, o.address_names::text AS names, o.address_args AS args
        FROM pg_event_trigger_dropped_objects() WITH ORDINALITY o
        WHERE NOT o.is_temporary
          AND (o.object_type IN ('table', 'foreign table', 'table column', 'publication relation')
               OR o.object_type = 'index' AND tg_tag NOT IN ('DROP TABLE', 'ALTER TABLE'))
        ORDER BY o.object_type <> 'publication relation', o.ordinality
    LOOP
        IF d.object_type = 'publication relation' THEN
            entries := entries || d.objid;
            IF d.args <@ '{daybook,daybook_insert_only}' THEN
                ours := ours || d.names;
            END IF;
        ELSIF d.object_type = 'index' THEN
            indexes := indexes || d.schema_name;
        ELSIF d.object_type = 'table column' THEN
            -- ALTER TABLE is followed at its end; here, the tables that inherit from its own, if they lost their key.
            CONTINUE WHEN tg_tag = 'ALTER TABLE' AND pg_get_replica_identity_index(d.objid) IS NOT NULL;
            root := daybook.root_of(d.objid);
            CONTINUE WHEN root = ANY (seen);
            seen := seen || root;
            IF tg_tag <> 'ALTER TABLE' OR NOT daybook.has_identity(root) THEN
                PERFORM daybook.follow(root, false);
            END IF;
        ELSE
            PERFORM daybook.note_drop(d.objid, d.schema_name, d.object_name, d.names = ANY (ours), entries);
        END IF;
    END LOOP;
    IF indexes <> '{}' THEN
        -- An index that is gone does not say whose it was: a table of its schema that lacks its identity.
        FOR root IN
            SELECT DISTINCT daybook.root_of(c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relreplident = 'i' AND n.nspname = ANY (indexes)
              AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident)
        LOOP
            PERFORM daybook.follow(root, false);
        END LOOP;
    END IF;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE LOG 'daybook: could not follow this command: %', SQLERRM;
END
$function$;

-- Has the session take note of what others have made, and takes a table out of the publications before it is made
-- unlogged, or a virtual column gets another expression, which PostgreSQL refuses of a published one. What is altered is
-- known from the text alone; a table that stays logged is put back at the command's end. Without a search_path of its own:
-- the names in the text mean what they mean to the command.
DROP FUNCTION IF EXISTS daybook.before_alter() CASCADE;
CREATE OR REPLACE FUNCTION daybook.before_ddl()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
AS $function$
DECLARE
    said pg_catalog.text;
    also pg_catalog.text;
    rel  pg_catalog.regclass;
BEGIN
    -- A lock that is not held yet has the session look for what others have committed. It looks by itself when it reads a
    -- catalog, unless it holds that one's lock, as it does once a function of ours has read it; and it remembers that
    -- a schema of its search_path was not there, from where a function of ours gave that back. Both since a command of
    -- this transaction, which then has an id; of ALTER TABLE the names are looked up here, before the command does.
    IF tg_tag OPERATOR(pg_catalog.=) 'ALTER TABLE' OR pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL THEN
        PERFORM pg_catalog.pg_relation_size('pg_catalog.pg_event_trigger'::pg_catalog.regclass);
    END IF;
    IF tg_tag OPERATOR(pg_catalog.<>) 'ALTER TABLE' THEN
        RETURN;
    END IF;
    said := pg_catalog.current_query();
    GET DIAGNOSTICS also = PG_CONTEXT;
    said := pg_catalog.concat(said, E'\n', also);
    IF said OPERATOR(pg_catalog.!~*) 'unlogged|expression' THEN
        RETURN;
    END IF;
    said := pg_catalog.regexp_replace(said, E'/\\*.*?\\*/|--[^\\n]*', ' ', 'g');
    BEGIN
        FOR rel IN
            SELECT pg_catalog.to_regclass(words[1])
            FROM pg_catalog.regexp_matches(said,
                E'\\malter\\s+table\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?((?:"(?:[^"]|"")+"|[^\\s".;]+)(?:\\s*\\.\\s*(?:"(?:[^"]|"")+"|[^\\s".;]+))?)',
                'gi') AS words
        LOOP
            IF rel IS NOT NULL THEN
                PERFORM daybook.let_go(rel, said OPERATOR(pg_catalog.~*) 'expression');
            END IF;
        END LOOP;
    EXCEPTION WHEN query_canceled OR OTHERS THEN
        RAISE LOG 'daybook: could not take the table out of the publications: %', SQLERRM;
    END;
END
$function$;

-- Takes a table out of the publications for a command that would be refused, and the tables that inherit from it
-- where the command is one of theirs too.
CREATE OR REPLACE FUNCTION daybook.let_go(rel oid, heirs boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '20ms' SET plan_cache_mode = force_generic_plan SET jit = off
AS $function$
DECLARE
    before      text := coalesce(current_setting('daybook.following', true), '');
    t           record;
    publication name;
BEGIN
    PERFORM set_config('daybook.following', daybook.own_mark(), true);
    FOR t IN
        WITH RECURSIVE tree AS (
            SELECT rel AS oid
            UNION
            SELECT h.inhrelid FROM tree JOIN pg_inherits h ON h.inhparent = tree.oid WHERE heirs)
        SELECT tree.oid, r.entries
        FROM tree CROSS JOIN LATERAL (SELECT string_agg(r.oid::text, ' ') AS entries FROM pg_publication_rel r
                                      WHERE r.prrelid = tree.oid) AS r
        WHERE r.entries IS NOT NULL OR tree.oid = rel OR NOT daybook.reads_the_present()
    LOOP
        -- Taken out by us: at the command's end the table is put back, and has missed nothing.
        PERFORM set_config('daybook.let_go', concat_ws(' ', nullif(current_setting('daybook.let_go', true), ''),
                    t.entries), true),
                set_config('daybook.to_follow', concat_ws(' ',
                    nullif(current_setting('daybook.to_follow', true), ''), t.oid::text), true);
        FOREACH publication IN ARRAY ARRAY['daybook', 'daybook_insert_only'] LOOP
            BEGIN
                PERFORM daybook.unpublish(t.oid, publication, true);
            EXCEPTION WHEN lock_not_available THEN
                PERFORM daybook.tear_out(t.oid, publication);
            END;
        END LOOP;
    END LOOP;
    PERFORM set_config('daybook.following', before, true);
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.let_go(oid, boolean) FROM PUBLIC;

DO $block$
DECLARE
    known boolean := NOT EXISTS (
        SELECT FROM daybook.setting s
        WHERE s.name = 'event triggers' AND (s.value <> daybook.trigger_state() OR NOT daybook.triggers_fire()));
BEGIN
    DROP EVENT TRIGGER IF EXISTS daybook_before_ddl;
    DROP EVENT TRIGGER IF EXISTS daybook_after_drop;
    DROP EVENT TRIGGER IF EXISTS daybook_after_ddl;
    CREATE EVENT TRIGGER daybook_before_ddl ON ddl_command_start EXECUTE FUNCTION daybook.before_ddl();
    CREATE EVENT TRIGGER daybook_after_drop ON sql_drop EXECUTE FUNCTION daybook.after_drop();
    CREATE EVENT TRIGGER daybook_after_ddl ON ddl_command_end
        WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE SCHEMA',
                     'ALTER SCHEMA', 'ALTER INDEX', 'CREATE PUBLICATION', 'ALTER PUBLICATION')
        EXECUTE FUNCTION daybook.after_ddl();
    -- Under session_replication_role = replica as well: a key may be lost there.
    ALTER EVENT TRIGGER daybook_before_ddl ENABLE ALWAYS;
    ALTER EVENT TRIGGER daybook_after_drop ENABLE ALWAYS;
    ALTER EVENT TRIGGER daybook_after_ddl ENABLE ALWAYS;
    -- That one was altered before, the connector notes.
    IF known THEN
        INSERT INTO daybook.setting (name, value) VALUES ('event triggers', daybook.trigger_state())
            ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE SET value = excluded.value;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'daybook: this role may not create event triggers; the connector looks for new tables itself, every few seconds';
END
$block$;

-- Reading tables -------------------------------------------------------------------------------

-- Holds a table still for the moment that it takes to open a snapshot, so that what was committed
-- before is in the snapshot and what comes after is in the stream. Gives up after a moment, rather
-- than make the application queue behind it; the connector tries again.
CREATE OR REPLACE FUNCTION daybook.hold_still(rel oid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $function$
DECLARE
    sql_name text := (SELECT k.table_name FROM daybook.captured_table k WHERE k.relid = rel);
BEGIN
    IF sql_name IS NULL THEN
        RAISE EXCEPTION 'daybook.hold_still: table % is not captured', rel USING ERRCODE = 'undefined_table';
    END IF;
    -- A partitioned table is held with its partitions, any other without the tables that inherit from it.
    EXECUTE format('LOCK TABLE %s %s IN SHARE ROW EXCLUSIVE MODE',
        CASE WHEN (SELECT c.relkind FROM pg_class c WHERE c.oid = rel) = 'p' THEN '' ELSE 'ONLY' END,
        rel::regclass);
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.hold_still(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.hold_still(oid) TO daybook_capture;

-- Says of a table that is held still, and was found without rows, that it has been read again behind a gap of
-- it. One whose file has no pages either is told when its gap ends.
CREATE OR REPLACE FUNCTION daybook.read_empty(rel oid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $function$
DECLARE
    known daybook.captured_table;
BEGIN
    IF daybook.is_empty(rel) OR NOT EXISTS (SELECT FROM daybook.gap g WHERE g.relid = rel AND g.over) THEN
        RETURN;
    END IF;
    SELECT * INTO known FROM daybook.captured_table k WHERE k.relid = rel FOR UPDATE;
    IF FOUND THEN
        PERFORM daybook.tell('capture-table', known.definition,
            json_build_object('oid', rel::int8, 'table-def', known.table_def));
    END IF;
END
$function$;
REVOKE EXECUTE ON FUNCTION daybook.read_empty(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.read_empty(oid) TO daybook_capture;
