-- What DMS needs in the source, beside db/source/prepare.sql. Run on: source, as its administrator, after
-- prepare.sql. It may be run any number of times. Set the password afterwards: \password daybook_dms

-- snippet:begin role
DO $block$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_dms') THEN
        CREATE ROLE daybook_dms LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO daybook_dms', current_database());
END
$block$;
-- RDS and Aurora hand out the right to read the write-ahead log through a role of theirs.
GRANT rds_replication TO daybook_dms;
-- What is loaded: prepare.sql has given this role the tables that it captures.
GRANT daybook_capture TO daybook_dms;
-- Who and why travels through one of these tables, what becomes of tables through the other.
GRANT USAGE ON SCHEMA daybook TO daybook_dms;
GRANT SELECT ON daybook.transaction_context, daybook.table_change TO daybook_dms;
-- snippet:end role

-- snippet:begin artifacts
-- DMS keeps its heartbeat's table here, and makes it itself.
CREATE SCHEMA IF NOT EXISTS daybook_dms;
GRANT USAGE, CREATE ON SCHEMA daybook_dms TO daybook_dms;
-- snippet:end artifacts

-- snippet:begin ddl
-- DMS learns of DDL from rows of this table. Only an administrator may make event triggers, so it is
-- made for DMS here; the names and columns are those that DMS looks for.
CREATE TABLE IF NOT EXISTS daybook_dms.awsdms_ddl_audit (
    c_key    bigserial PRIMARY KEY,
    c_time   timestamp,
    c_user   varchar(64),
    c_txn    varchar(16),
    c_tag    varchar(24),
    c_oid    integer,
    c_name   varchar(64),
    c_schema varchar(64),
    c_ddlqry text
);
GRANT SELECT, INSERT, DELETE ON daybook_dms.awsdms_ddl_audit TO daybook_dms;

-- It runs with its owner's rights under the search path of whoever makes the command, which DMS wants to
-- know. So every function and operator in it is named with its schema.
CREATE OR REPLACE FUNCTION daybook_dms.awsdms_intercept_ddl() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $function$
BEGIN
    IF tg_tag OPERATOR(pg_catalog.=) ANY (ARRAY['CREATE TABLE', 'ALTER TABLE', 'DROP TABLE']::pg_catalog.text[]) THEN
        INSERT INTO daybook_dms.awsdms_ddl_audit (c_time, c_user, c_txn, c_tag, c_oid, c_name, c_schema, c_ddlqry)
            VALUES (current_timestamp, session_user, pg_catalog.left(pg_catalog.txid_current()::pg_catalog.text, 16),
                    tg_tag, 0, '', current_schema, pg_catalog.current_query());
        -- The insert is in the write-ahead log; the table itself need not grow.
        DELETE FROM daybook_dms.awsdms_ddl_audit;
    END IF;
EXCEPTION WHEN OTHERS THEN
    -- The application's command must not fail for DMS.
    RAISE WARNING 'daybook: DMS is not told of this command: %', SQLERRM;
END
$function$;

DO $block$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'awsdms_intercept_ddl') THEN
        CREATE EVENT TRIGGER awsdms_intercept_ddl ON ddl_command_end
            EXECUTE FUNCTION daybook_dms.awsdms_intercept_ddl();
    END IF;
END
$block$;
-- snippet:end ddl
